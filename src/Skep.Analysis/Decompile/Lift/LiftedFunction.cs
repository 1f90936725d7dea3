using Skep.Isa;

namespace Skep.Analysis.Decompile.Lift;

/// <summary>A function of a program as statements over variables. It computes what the instructions compute.</summary>
internal sealed class LiftedFunction
{
    public required FlowFunction Function { get; init; }

    public required List<Statement> Body { get; init; }

    /// <summary>The variables that are used, in order of first appearance.</summary>
    public required IReadOnlyList<Variable> Variables { get; init; }

    /// <summary>The parameters, r1 first; null for one that is not used.</summary>
    public required Variable?[] Parameters { get; init; }

    /// <summary>Whether it may return a value: whether r0 is set where it returns.</summary>
    public required bool ReturnsValue { get; init; }

    /// <summary>Slots of the blocks that nothing leads to: first, and after the last.</summary>
    public required IReadOnlyList<(int Start, int End)> Unreached { get; init; }

    /// <summary>The slots at which a jump enters from elsewhere by a goto: what could not be structured.</summary>
    public required IReadOnlySet<int> GotoTargets { get; init; }
}
