"""What orders of every kind have in common: of seats, of users' accounts, of groups' licences."""
