"""Flask extensions, not yet bound to an app."""

from __future__ import annotations

from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from partner_center.shared.orm import Base

db = SQLAlchemy(model_class=Base, disable_autonaming=True)
migrate = Migrate()
login = LoginManager()
csrf = CSRFProtect()
babel = Babel()
bootstrap = Bootstrap5()
