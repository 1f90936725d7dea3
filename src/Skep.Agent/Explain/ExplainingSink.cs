using Skep.Analysis.Explain;
using Skep.Bpf;
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
    private readonly RepeatedExplainer _explainer = new();

    /// <inheritdoc/>
    public void Write(BpfEvent e) => next.Write(e is { Command: "prog_load", Program: { Code: { } code } program }
        ? With(e, program, code) : e);

    /// <inheritdoc/>
    public void Flush() => next.Flush();

    private BpfEvent With(BpfEvent e, ProgramDetails program, CodeDetails code)
    {
        if (code is not { IsWhole: true, Sha256: { } hash })
            return e with { Program = program with { NotExplained = "its code is not whole" } };
        (IReadOnlyList<Finding>? findings, string? reason) = _explainer.Explain(
            new(hash, program.Type, program.ExpectedAttachType, program.AttachFunction), code.Count, () => CodeOf(program, code));
        if (code.Count > RepeatedExplainer.MostInstructions && program.Id is { } id) reason += $" (skep prog explain id {id})";
        return e with
        {
            Program = program with
            {
                Findings = findings is null ? null : [.. findings.Select(Finding)],
                NotExplained = reason,
            },
        };
    }

    private ProgramCode CodeOf(ProgramDetails program, CodeDetails code) => CodeFileReader.Raw(code.Bytes) with
    {
        Name = program.Name,
        Type = BpfProgramTypeNames.TryParse(program.Type, out BpfProgramType type) ? type : null,
        ExpectedAttachType = BpfAttachTypeNames.TryParse(program.ExpectedAttachType, out BpfAttachType attach) ? attach : null,
        Target = program.AttachFunction,
        GplCompatible = program.GplCompatible,
        Kernel = kernel,
    };

    private static ProgramFinding Finding(Finding finding) =>
        new(finding.Name, finding.Text, [.. finding.Slots.Select(slot => (uint)slot)]);
}
