"""What happens: the corridor, day by day."""
