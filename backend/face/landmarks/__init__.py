"""MediaPipe's points of a face: what they are (``mesh``), what moves them (``model``), where the head points (``pose``), what a film of
them (``weights``) and a single picture (``photo``) tell of ARKit's shapes.
"""
