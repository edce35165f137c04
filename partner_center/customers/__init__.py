"""The partner's customers, who may see them, and what each lets us do (reseller, GDAP)."""
