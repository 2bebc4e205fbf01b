"""Tables of scoring: versions of the model and the drafts they come from, what people say, what was tried."""

from scoring.models.clicks import MachineClick
from scoring.models.drafts import Approval, Comment, Draft, Opinion
from scoring.models.feedback import CountedDecision, FeedbackCount
from scoring.models.figures import RuleFigures
from scoring.models.overrides import Override
from scoring.models.ranges import RescoreRange
from scoring.models.simulations import SILENT_FOR, SimulatedLead, Simulation, SimulationRange
from scoring.models.underway import Underway
from scoring.models.versions import ScoringModel

__all__ = [
    "SILENT_FOR",
    "Approval",
    "Comment",
    "CountedDecision",
    "Draft",
    "FeedbackCount",
    "MachineClick",
    "Opinion",
    "Override",
    "RescoreRange",
    "RuleFigures",
    "ScoringModel",
    "SimulatedLead",
    "Simulation",
    "SimulationRange",
    "Underway",
]
