using Skep.Filter.Classify;

namespace Skep.Filter.Compile;

/// <summary>A rule before which a list of rules that are searched together ends, or that is in none, though it decides at once.</summary>
/// <param name="Rule">Its place in the table.</param>
/// <param name="Reason">Why, with "it" for the rule.</param>
public sealed record ListEnd(int Rule, string Reason)
{
    internal static ListEnd Of(Unfit unfit, bool begins) => new(unfit.Rule, (unfit.Fault, begins) switch
    {
        (RowFault.Predicates, true) => "a list ends before it: " + Predicates,
        (RowFault.Predicates, false) => "it is in no list: " + Predicates,
        (RowFault.Branches, true) => "a list ends before it: " + Branches,
        (RowFault.Branches, false) => "it is in no list: " + Branches,
        (RowFault.Alternatives, _) => "it is in no list: its values are too many combinations",
        _ => $"it is in no list: the lists of a table have at most {Classifier.MostRows} rows",
    });

    private static string Predicates =>
        $"a list looks up at most {RuleAtoms.MostPredicates} sets and matches of many values for each packet, and it needs another";

    private const string Branches =
        "the sets and matches of many values that a list looks up for each packet would be too much code for the kernel's verifier";
}
