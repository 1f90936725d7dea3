namespace Skep.Bpf.Elf;

/// <summary>What the name of a program's ELF section says: <c>SEC("kprobe/do_unlinkat")</c>.</summary>
/// <param name="Type">The program's type.</param>
/// <param name="AttachType">Where it expects to be attached.</param>
/// <param name="Target">What follows the first slash: <c>do_unlinkat</c>; null for nothing.</param>
public readonly record struct BpfSectionName(BpfProgramType Type, BpfAttachType AttachType, string? Target)
{
    /// <summary>
    /// Reads a section's name as libbpf does; a name that libbpf does not know as older loaders did, or as a type's name by bpftool.
    /// </summary>
    public static bool TryParse(string name, out BpfSectionName parsed)
    {
        ArgumentNullException.ThrowIfNull(name);

        // A leading "?" only keeps the program from being loaded by itself.
        name = name.TrimStart('?');
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        string? target = slash >= 0 && slash + 1 < name.Length ? name[(slash + 1)..] : null;
        bool known = SectionTable.TryCurrent(name, out BpfProgramType type, out BpfAttachType attach)
            || SectionTable.TryHistoric(name, out type, out attach)
            || BpfProgramTypeNames.TryParse(slash < 0 ? name : name.AsSpan(0, slash), out type);
        parsed = known ? new BpfSectionName(type, attach, target) : default;
        return known;
    }
}
