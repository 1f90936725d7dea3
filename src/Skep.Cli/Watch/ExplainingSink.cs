using Skep.Analysis.Explain;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Watch.Events;

namespace Skep.Cli.Watch;

/// <summary>
/// Adds what is found in programs, as <c>skep prog explain</c> finds it, to the events of their loads. The analysis runs between events, so
/// that a large program is left to the reader: events would be lost meanwhile.
/// </summary>
/// <param name="next">Takes all events.</param>
/// <param name="kernel">The kernel that programs are for.</param>
internal sealed class ExplainingSink(IEventSink next, TargetKernel kernel) : IEventSink
{
    private const int MostInstructions = 10_000, Remembered = 256;

    // The same code is loaded again and again.
    private readonly Dictionary<(string, string?, string?, string?), (ProgramFinding[]? Findings, string? Reason)> _known = [];

    /// <inheritdoc/>
    public void Write(BpfEvent e) => next.Write(e is { Command: "prog_load", Program: { Code: { } code } program }
        ? With(e, program, code) : e);

    /// <inheritdoc/>
    public void Flush() => next.Flush();

    private BpfEvent With(BpfEvent e, ProgramDetails program, CodeDetails code)
    {
        if (code is not { IsWhole: true, Sha256: { } hash }) return Unexplained(e, program, "its code is not whole");
        if (code.Count > MostInstructions)
        {
            string remedy = program.Id is { } id ? $" (skep prog explain id {id})" : "";
            return Unexplained(e, program, $"it has more than {MostInstructions} instructions{remedy}");
        }

        (string, string?, string?, string?) key = (hash, program.Type, program.ExpectedAttachType, program.AttachFunction);
        if (!_known.TryGetValue(key, out var found))
        {
            if (_known.Count >= Remembered) _known.Clear();
            _known[key] = found = Explained(program, code);
        }

        return e with { Program = program with { Findings = found.Findings, NotExplained = found.Reason } };
    }

    private (ProgramFinding[]? Findings, string? Reason) Explained(ProgramDetails program, CodeDetails code)
    {
        try
        {
            Explanation explanation = Explainer.Explain(CodeFileReader.Raw(code.Bytes) with
            {
                Name = program.Name,
                Type = BpfProgramTypeNames.TryParse(program.Type, out BpfProgramType type) ? type : null,
                ExpectedAttachType = BpfAttachTypeNames.TryParse(program.ExpectedAttachType, out BpfAttachType attach) ? attach : null,
                Target = program.AttachFunction,
                GplCompatible = program.GplCompatible,
                Kernel = kernel,
            });
            return ([.. explanation.Findings.Select(Finding)], null);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever code a process sends, the event of it is written.
            return (null, e.Message);
        }
    }

    private static ProgramFinding Finding(Finding finding) =>
        new(finding.Name, finding.Text, [.. finding.Slots.Select(slot => (uint)slot)]);

    private static BpfEvent Unexplained(BpfEvent e, ProgramDetails program, string reason) =>
        e with { Program = program with { NotExplained = reason } };
}
