"""Importing Microsoft's table of products and service plans."""

from __future__ import annotations

from typing import BinaryIO

from click import ClickException, echo

from partner_center.catalog.importing import DamagedFile, read_product_table
from partner_center.catalog.service import import_products
from partner_center.commands.console import open_console
from partner_center.config import Config


def run_import(config: Config, file: BinaryIO) -> None:
    """All of the file or nothing; a damaged one leaves as a sentence that names the line."""
    try:
        table = read_product_table(file)
    except DamagedFile as damage:
        raise ClickException(str(damage)) from damage
    with open_console(config).sessions.begin() as session:
        report = import_products(session, table)
    echo(
        f"Read {report.products} products and {report.plans} service plans: "
        f"{report.new_products} new products, {report.renamed_products} renamed."
    )
