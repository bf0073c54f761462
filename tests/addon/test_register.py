"""The extension comes and goes, and the file keeps what the artist has set."""

import bpy
import pytest

import addon


def known():
    return {name for name in dir(bpy.types) if name.startswith(("MIEN_", "Mien"))}


def handlers():
    return {
        name: len(getattr(bpy.app.handlers, name)) for name in dir(bpy.app.handlers) if isinstance(getattr(bpy.app.handlers, name), list)
    }


def test_nothing_stays_after_unregister_and_it_comes_again():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    before = (known(), handlers(), set(bpy.types.Object.bl_rna.properties.keys()), set(bpy.types.Scene.bl_rna.properties.keys()))
    for _ in range(2):
        addon.register()
        assert {"MIEN_PT_main", "MIEN_PT_sequencer_main"} <= known()
        assert bpy.context.scene.mien.character is None
        addon.unregister()
        assert before == (
            known(),
            handlers(),
            set(bpy.types.Object.bl_rna.properties.keys()),
            set(bpy.types.Scene.bl_rna.properties.keys()),
        )


def test_a_part_that_fails_takes_the_others_with_it(monkeypatch):
    from addon.blender import sound

    bpy.ops.wm.read_factory_settings(use_empty=True)
    before = known()
    monkeypatch.setattr(sound, "register", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        addon.register()
    assert known() == before


def test_every_property_and_operator_has_a_tooltip(registered, double):
    from addon.blender import described, properties

    def properties_of(rna):
        return [prop for prop in rna.properties if prop.identifier not in ("rna_type", "name")]

    hidden = {"generator_name"}
    groups = [*properties.CLASSES, type(described.settings_of(bpy.data.objects.new("x", None), "rules"))]
    bare = [f"{group.__name__}.{prop.identifier}" for group in groups for prop in properties_of(group.bl_rna) if not prop.description]
    assert {name.rpartition(".")[2] for name in bare} <= hidden | {"emotions", "guides"}
    operators = {name: getattr(bpy.ops.mien, name).get_rna_type() for name in dir(bpy.ops.mien)}
    assert len(operators) > 10
    assert [name for name, operator in operators.items() if not operator.description] == []


def test_a_generators_settings_are_drawn_from_its_description(double):
    from addon.blender import described

    thing = bpy.data.objects.new("x", None)
    own = described.settings_of(thing, "rules")
    rules = double.generators()[0]
    for setting in rules["settings"]:
        drawn = own.bl_rna.properties[setting["name"]]
        assert (drawn.hard_min, drawn.hard_max, drawn.default) == (setting["low"], setting["high"], setting["default"])
        assert setting["help"][1:] in drawn.description
        assert drawn.is_animatable == setting["animatable"]
    said = described.ask(double)
    said["generators"][0]["settings"][0]["high"] = 7.0
    said["generators"].append({**rules, "name": "other one", "settings": [{**rules["settings"][0], "animatable": True}]})
    described.learn(said)
    assert described.settings_of(thing, "rules").bl_rna.properties[rules["settings"][0]["name"]].hard_max == 7.0
    assert described.settings_of(thing, "other one").bl_rna.properties[rules["settings"][0]["name"]].is_animatable


def test_the_generator_is_kept_by_name_whatever_the_service_offers(hero, double):
    from addon.blender import described

    hero.mien.generator = "still"
    assert hero.mien.generator_name == "still"
    said = described.ask(double)
    described.learn({**said, "generators": said["generators"][:1]})
    assert hero.mien.generator == "still"


def test_a_saved_file_keeps_it_all(hero, double, tmp_path):
    from tests.addon.conftest import generate, hero_now, keys_of

    bpy.ops.mien.emotion_add(emotion="sad")
    bpy.ops.mien.guide_add()
    hero.mien.intensity, hero.mien.seed = 1.5, 7
    hero.mien_rules.mouth = 0.5
    generate()
    before, take = keys_of(hero, "jawOpen"), hero.mien.take
    file = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=file)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.open_mainfile(filepath=file)
    line = hero_now().mien
    assert (line.intensity, line.seed, line.take, line.emotions[0].name, len(line.guides)) == (1.5, 7, take, "sad", 1)
    assert hero_now().mien_rules.mouth == 0.5
    assert (keys_of(hero_now(), "jawOpen")[1] == before[1]).all()
    bpy.context.scene.frame_set(20)
    graph = bpy.context.evaluated_depsgraph_get()
    shown = hero_now().evaluated_get(graph).data.shape_keys.key_blocks["jawOpen"].value
    assert shown == pytest.approx(float(before[1][before[0] == 20][0]), abs=1e-6)
