using Skep.Analysis.Explain;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Watch.Events;

namespace Skep.Agent.Explain;

/// <summary>Finds in the code of loads what <c>skep prog explain</c> finds. Used by one thread.</summary>
/// <param name="kernel">The kernel that programs are for.</param>
public sealed class LoadExplainer(TargetKernel kernel)
{
    private readonly RepeatedExplainer _explainer = new();

    /// <summary>The findings, or why there are none. Nothing that a process loads makes it throw.</summary>
    /// <param name="program">The program of the load.</param>
    /// <param name="code">Its code.</param>
    public (IReadOnlyList<ProgramFinding>? Findings, string? Reason) Explain(ProgramDetails program, CodeDetails code)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(code);
        if (code is not { IsWhole: true, Sha256: { } hash }) return (null, "its code is not whole");
        (IReadOnlyList<Finding>? findings, string? reason) = _explainer.Explain(
            new(hash, program.Type, program.ExpectedAttachType, program.AttachFunction), code.Count, () => CodeOf(program, code));
        if (code.Count > RepeatedExplainer.MostInstructions && program.Id is { } id) reason += $" (skep prog explain id {id})";
        return (findings is null ? null : [.. findings.Select(Finding)], reason);
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
