using Skep.Watch.Events;

namespace Skep.Watch.Session;

/// <summary>Programs that are loaded only to find out what the kernel can do.</summary>
public static class FeatureProbe
{
    // BPF_JMP | BPF_CALL of a helper, and exit: libbpf_probe_bpf_helper() sets no argument.
    private const ulong Call = 0x85, Exit = 0x95, AllButImm = 0xffffffff;

    /// <summary>Whether a program is one of libbpf's.</summary>
    /// <param name="program">Its type, name and expected attach type.</param>
    /// <param name="code">Its instructions.</param>
    public static bool IsProgram(ProgramDetails program, ReadOnlySpan<byte> code)
    {
        ArgumentNullException.ThrowIfNull(program);
        if (code.Length == 16 && (BitConverter.ToUInt64(code) & AllButImm) == Call && BitConverter.ToUInt64(code[8..]) == Exit) return true;
        foreach (ProbeProgram probe in ProbeProgram.All)
            if (probe.IsOf(program, code)) return true;
        return false;
    }
}
