"""`manage.py makemessages`, which also knows the short names of this house: `_t`, `_n`, `_p`."""

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    xgettext_options = [
        *makemessages.Command.xgettext_options,
        "--keyword=_t",
        "--keyword=_n:1,2",
        "--keyword=_p:1c,2",
    ]
