"""Products (SKUs) and service plans: names, what is in what, which exclude or need each other."""
