"""Which sub-type a record says of an incident. Pure."""

from deploy.nation.scene import Scene
from schemas import reference_codes


def told_sub_type(scene: Scene) -> str | None:
    """What the scenario has among the logs of public safety, its category may put elsewhere: to clerical logs, to transport."""
    if scene.sub_type != "public-safety":
        return scene.sub_type
    category = reference_codes.incident_categories().get(scene.category or "")
    return (category.sub_type if category is not None else "") or scene.sub_type
