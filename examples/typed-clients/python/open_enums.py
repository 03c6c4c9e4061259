from ariadne_codegen.plugins.base import Plugin


class OpenEnums(Plugin):
    """Makes every enum an OpenEnum: otherwise a value of a newer server fails the whole answer."""

    def generate_enums_code(self, generated_code: str) -> str:
        return generated_code.replace(
            "from enum import Enum", "from .open_enum import OpenEnum"
        ).replace("(str, Enum)", "(OpenEnum)")
