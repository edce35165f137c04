"""The people who sign in: who they are, what they may do, which customers they may see."""
