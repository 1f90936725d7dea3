using Skep.Inventory.Code;
using Skep.Watch.Events;

namespace Skep.Agent.Explain;

/// <summary>
/// Adds what is found in programs, as <c>skep prog explain</c> finds it, to the events of their loads. The analysis runs between events, so
/// that a large program is left to the reader: events would be lost meanwhile.
/// </summary>
/// <param name="next">Takes all events.</param>
/// <param name="kernel">The kernel that programs are for.</param>
public sealed class ExplainingSink(IEventSink next, TargetKernel kernel) : IEventSink
{
    private readonly LoadExplainer _explainer = new(kernel);

    /// <inheritdoc/>
    public void Write(BpfEvent e) => next.Write(e is { Command: "prog_load", Program: { Code: { } code } program }
        ? With(e, program, code) : e);

    /// <inheritdoc/>
    public void Flush() => next.Flush();

    private BpfEvent With(BpfEvent e, ProgramDetails program, CodeDetails code)
    {
        (IReadOnlyList<ProgramFinding>? findings, string? reason) = _explainer.Explain(program, code);
        return e with { Program = program with { Findings = findings, NotExplained = reason } };
    }
}
