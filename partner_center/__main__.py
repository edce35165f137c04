"""`python -m partner_center` is `partner-center`."""

from partner_center.cli import main

main(prog_name="partner-center")
