"""What requests and answers look like: the OpenAPI description is made from these."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.generators import DEFAULT

State = Literal["queued", "running", "done", "failed", "cancelled"]
Number = Annotated[float, Field(allow_inf_nan=False)]
Second = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False, description="seconds")]
FileId = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="id of a stored file: the SHA-256 of its content")]
TakeId = Annotated[str, Field(pattern="^([0-9a-f]{32}|[0-9a-f]{64})$")]
Short = Annotated[str, Field(max_length=200)]
Rate = Annotated[str, Field(max_length=30, description="frames per second, such as 24, 29.97 or 30000/1001")]
RigName = Annotated[str, Field(max_length=60)]
Path = Annotated[str, Field(min_length=1, max_length=4096)]


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Written(BaseModel):
    """Part of a direction: what this describes and a newer direction has besides is passed on, to be judged by Direction itself."""

    model_config = ConfigDict(extra="allow")


class Problem(BaseModel):
    code: str
    message: str
    fix: dict[str, Any] | None = None


class Failure(BaseModel):
    error: Problem


class Hello(BaseModel):
    name: Literal["mien"]
    version: str
    api: int
    pid: int
    device: str
    worker: Literal["starting", "ready", "busy", "restarting"]
    capabilities: list[str]
    limits: dict[str, float]


class SettingFacts(BaseModel):
    name: str
    default: float
    low: float
    high: float
    help: str
    unit: str
    animatable: bool


class GeneratorFacts(BaseModel):
    name: str
    summary: str
    rig: str
    default: bool
    guides: list[str]
    settings: list[SettingFacts]


class ChannelFacts(BaseModel):
    name: str
    region: str
    side: Literal["left", "right", "centre"]
    low: float
    high: float
    unit: Literal["weight", "radian"]


class RigFacts(BaseModel):
    name: str
    channels: list[ChannelFacts]


class EmotionFacts(BaseModel):
    name: str
    aliases: list[str]
    description: str


class FormatFacts(BaseModel):
    suffix: str
    summary: str


class Folder(Asked):
    path: Path


class StoredFile(BaseModel):
    id: str
    name: str
    size: int


class FileFacts(StoredFile):
    seconds: float | None = Field(None, description="of a recording")


class Guide(Written):
    value: Annotated[str, Field(max_length=2000, description="a label, a text, or the file id of a picture")]
    weight: Number = 1.0
    start: Second | None = None
    end: Second | None = None
    fade: Second | None = None
    ease: Literal["step", "linear", "smooth"] = "smooth"
    kind: Short = "label"
    features: Annotated[list[Number], Field(max_length=10_000, description="of a picture that was read; its value is its name")] = []


class Curve(Written):
    times: Annotated[list[Number], Field(max_length=100_000)] = [0.0]
    values: Annotated[list[Number], Field(max_length=100_000)] = [1.0]


class Direction(Written):
    """As ``Direction.to_json()`` writes it; every field may be left out."""

    guides: Annotated[list[Guide], Field(max_length=1000)] = []
    intensity: Curve = Curve()
    generator: Short = DEFAULT
    rig: RigName = "arkit"
    rate: Rate = "30"
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    settings: dict[Short, bool | Number | Short] = {}


class Heard(Asked):
    """A recording, and what is known of what is said in it."""

    recording: FileId
    script: Annotated[str, Field(max_length=500_000)] | None = None
    language: Short | None = None
    textgrid: FileId | None = None
    direction: Direction = Direction()


class PerformJob(Heard):
    kind: Literal["perform"]
    priority: Annotated[int, Field(ge=-100, le=100, description="higher goes first")] = 0
    label: Short = ""


class ExportJob(Asked):
    kind: Literal["export"]
    take: TakeId
    format: Annotated[str, Field(max_length=20, description="a suffix of /v1/formats, with or without its dot")]
    head: FileId | None = None
    priority: Annotated[int, Field(ge=-100, le=100)] = 0
    label: Short = ""


class Edit(Heard):
    rig: RigName = "arkit"
    rate: Rate = "30"
    start: Second | None = None
    end: Second | None = None


class JobFacts(BaseModel):
    id: str
    kind: Literal["perform", "export"]
    label: str
    state: State
    stage: str
    share: float
    position: int = Field(description="place in the queue, from 1; 0 once it runs")
    priority: int
    error: Problem | None
    take: str | None
    file: str | None
    notes: list[str] = Field(description="what the artist should know about the result")
    created: str
    finished: str | None


class TakeFacts(BaseModel):
    id: str
    name: str
    seconds: float
    generator: str
    seed: int
    rig: str
    rate: str
    created: str
    label: str
    frames: int
    kept: bool


class TakeChange(Asked):
    label: Short | None = None
    kept: bool | None = None


class Mesh(Asked):
    name: Short
    shapes: Annotated[list[Short], Field(max_length=5000)]


class Character(Asked):
    meshes: Annotated[list[Mesh], Field(max_length=200)] = []
    bones: Annotated[list[Short], Field(max_length=5000)] = []


class Part(BaseModel):
    mesh: str
    shape: str
    scale: float
    score: float


class Turn(BaseModel):
    channel: str
    axis: Literal["yaw", "pitch", "roll"]
    radians: float


class Matched(BaseModel):
    preset: str
    channels: dict[str, list[Part]]
    visemes: dict[str, dict[str, float]]
    guessed: list[str]
    missing: list[str]
    bones: dict[str, list[Turn]]


class Done(BaseModel):
    stopping: bool
