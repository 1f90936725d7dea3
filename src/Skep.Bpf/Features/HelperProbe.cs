using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>
/// Loads a program that calls a helper without setting arguments. The verifier refuses it either way; when it does not know the helper,
/// or not for this type, it says that first (check_helper_call in kernel/bpf/verifier.c).
/// </summary>
internal static class HelperProbe
{
    private const ulong Call = 0x85, Exit = 0x95;

    internal static Support Try(BpfProgramType type, uint function)
    {
        Support program = KernelFeatures.Has(type);
        if (program != Support.Yes) return program;

        // The verifier looks up the attach target before the first instruction.
        if (ProgramTypeProbe.NeedsTarget(type)) return Support.Unknown;
        int result =
            ProgramTypeProbe.Load(type, ProgramTypeProbe.DefaultAttach(type), [Call | (ulong)function << 32, Exit], out string log);
        if (result >= 0)
        {
            _ = Libc.close(result);
            return Support.Yes;
        }

        if (log.Length == 0) return Support.Unknown;
        return log.Contains("unknown func ", StringComparison.Ordinal) || log.Contains("invalid func ", StringComparison.Ordinal) ||
            log.Contains("program of this type cannot use helper ", StringComparison.Ordinal)
            ? Support.No : Support.Yes;
    }
}
