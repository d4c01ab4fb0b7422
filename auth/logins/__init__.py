"""The ways in: how somebody proves who they are, and a session begins.

There is a service for each way, and one gate that all of them lead to: nothing else in the house
begins a session. Where the gate wants a second factor, a pending login waits for it, and
`Completion` takes it. `StepUp` takes a proof of somebody who is logged in, and `Enrollment` sets
factors up.
"""

from authberry.logins.enrollment import AddedFactor, Enrolling
from authberry.logins.factor_policy import FactorPolicy
from authberry.logins.factor_resets import FactorResets
from authberry.logins.first_proofs import leave_nothing
from authberry.logins.gate import Entered, Gate
from authberry.logins.logins import Foundations, Logins
from authberry.logins.outcomes import EnrollmentNeeded, LoginOutcome, SecondFactorNeeded, Unfinished
from authberry.logins.password_logins import PasswordLogins
from authberry.logins.pending_logins import PresentedTickets, Purpose
from authberry.logins.proving import PresentedProof
from authberry.logins.step_up import RECENT, StepUp
from authberry.logins.ways_in import can_prove_afresh, has_way_in

__all__ = [
    "RECENT",
    "AddedFactor",
    "Enrolling",
    "EnrollmentNeeded",
    "Entered",
    "FactorPolicy",
    "FactorResets",
    "Foundations",
    "Gate",
    "LoginOutcome",
    "Logins",
    "PasswordLogins",
    "PresentedProof",
    "PresentedTickets",
    "Purpose",
    "SecondFactorNeeded",
    "StepUp",
    "Unfinished",
    "can_prove_afresh",
    "has_way_in",
    "leave_nothing",
]
