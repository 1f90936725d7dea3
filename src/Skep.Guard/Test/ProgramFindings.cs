using System.Runtime.InteropServices;
using Skep.Analysis.Explain;
using Skep.Bpf;
using Skep.Guard.Decide;
using Skep.Guard.Model;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Guard.Test;

/// <summary>What is found in saved code, as <c>skep watch --explain</c> finds it.</summary>
/// <param name="kernel">Whose types the code is read by.</param>
/// <param name="functions">Names functions of the kernel that the code is of; null when that may be another.</param>
internal sealed class ProgramFindings(TargetKernel kernel, KernelFunctions? functions)
{
    private readonly RepeatedExplainer _explainer = new();

    /// <summary>The findings; unknown when the code cannot be explained, or calls functions that cannot be named.</summary>
    public Fact Of(SavedProgram program, Instruction[] code)
    {
        if (KernelFunctions.Of(code, functions) is null) return Fact.Unknown;
        byte[] bytes = MemoryMarshal.AsBytes<Instruction>(code).ToArray();
        (IReadOnlyList<Finding>? findings, _) = _explainer.Explain(new(
            Sha256Digest.Text(bytes), program.Type, program.ExpectedAttachType, program.AttachFunction), code.Length, () =>
            CodeFileReader.Raw(bytes) with
            {
                Name = program.Name,
                Type = BpfProgramTypeNames.TryParse(program.Type, out BpfProgramType type) ? type : null,
                ExpectedAttachType = BpfAttachTypeNames.TryParse(program.ExpectedAttachType, out BpfAttachType attach) ? attach : null,
                Target = program.AttachFunction,
                GplCompatible = program.GplCompatible,
                Kernel = kernel,
            });
        return findings is null ? Fact.Unknown : Of(findings.Select(finding => finding.Name));
    }

    /// <summary>Findings by their names.</summary>
    public static Fact Of(IEnumerable<string?> names)
    {
        List<string> all = [.. FindingNames.All];
        return Fact.Of([.. names.Select(name => all.IndexOf(name ?? "")).Where(i => i >= 0).Select(i => (ulong)i)]);
    }
}
