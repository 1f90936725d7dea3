using Skep.Bpf;
using Skep.Linux.Kernel;

namespace Skep.Inventory.Hidden;

/// <summary>
/// The tags of the functions of compiled programs: as their symbols in /proc/kallsyms have them, and as the programs tell them.
/// </summary>
internal static class ProgramSymbols
{
    private const string Prefix = "bpf_prog_", Owner = "[bpf]";
    private const int TagDigits = 16;

    /// <summary>
    /// Whether the kernel gives compiled programs symbols (bpf_jit_kallsyms_enabled, include/linux/filter.h). The settings are shown in the
    /// first network namespace only (net/core/sysctl_net_core.c): elsewhere the symbols themselves answer.
    /// </summary>
    public static bool AreThere() => Setting("bpf_jit_kallsyms") is { } kallsyms
        ? kallsyms == "1" && Setting("bpf_jit_harden") == "0" && Setting("bpf_jit_enable") != "0"
        : Read().Count > 0;

    /// <summary>The tags that /proc/kallsyms has.</summary>
    public static HashSet<string> Read()
    {
        var tags = new HashSet<string>();
        KernelFile.ReadLines("/proc/kallsyms", line =>
        {
            if (TagOf(line) is { } tag) tags.Add(tag);
        });
        return tags;
    }

    /// <summary>The tags of all functions of a program, its own first; empty for one that is not compiled.</summary>
    public static string[] Of(BpfProgram program, BpfProgramInfo info) =>
        info.JitedLength == 0 ? [] : [info.Tag, .. program.GetFunctionTags()];

    /// <summary>The tag of a line <c>ffffffffc0a0b0c4 t bpf_prog_TAG_NAME [bpf]</c>; null for another symbol.</summary>
    internal static string? TagOf(string line)
    {
        if (!line.EndsWith(Owner, StringComparison.Ordinal)) return null;
        int at = line.IndexOf(Prefix, StringComparison.Ordinal);
        if (at < 0 || line.Length < at + Prefix.Length + TagDigits) return null;
        string tag = line.Substring(at + Prefix.Length, TagDigits);
        return tag.All(char.IsAsciiHexDigitLower) ? tag : null;
    }

    private static string? Setting(string name) => KernelFile.Text($"/proc/sys/net/core/{name}").Value;
}
