"""What tests share: the stage on which a talk is played with the real desk, the real postman and a real database."""
