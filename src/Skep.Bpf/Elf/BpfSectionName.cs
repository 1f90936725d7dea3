using System.Text;
using Skep.Bpf.Interop;

namespace Skep.Bpf.Elf;

/// <summary>What the name of a program's ELF section says: <c>SEC("kprobe/do_unlinkat")</c>.</summary>
/// <param name="Type">The program's type.</param>
/// <param name="AttachType">Where it expects to be attached.</param>
/// <param name="Target">What follows the first slash: <c>do_unlinkat</c>; null for nothing.</param>
public readonly record struct BpfSectionName(BpfProgramType Type, BpfAttachType AttachType, string? Target)
{
    /// <summary>Reads a section's name as libbpf does; of a name that libbpf does not know, as a type's name by bpftool.</summary>
    public static unsafe bool TryParse(string name, out BpfSectionName parsed)
    {
        ArgumentNullException.ThrowIfNull(name);
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        string? target = slash >= 0 && slash + 1 < name.Length ? name[(slash + 1)..] : null;
        uint type, attach;
        int result;
        using (LibbpfLog.Begin())
        {
            // A leading "?" only keeps the program from being loaded by itself.
            fixed (byte* bytes = Encoding.UTF8.GetBytes(name.TrimStart('?') + '\0')) result = LibBpf.libbpf_prog_type_by_name(bytes, &type, &attach);
        }

        if (result >= 0)
        {
            parsed = new BpfSectionName((BpfProgramType)type, (BpfAttachType)attach, target);
            return true;
        }

        bool known = BpfProgramTypeNames.TryParse(slash < 0 ? name : name.AsSpan(0, slash), out BpfProgramType named);
        parsed = known ? new BpfSectionName(named, default, target) : default;
        return known;
    }
}
