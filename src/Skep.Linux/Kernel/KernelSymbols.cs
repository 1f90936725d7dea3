using System.Globalization;

namespace Skep.Linux.Kernel;

/// <summary>
/// Names for the calls of translated programs: /proc/kallsyms by address, as bpftool does. Read when the first name is asked for.
/// </summary>
public sealed class KernelSymbols
{
    private const string Path = "/proc/kallsyms", CallBase = "__bpf_call_base";

    /// <summary>One reading for all.</summary>
    public static KernelSymbols Shared { get; } = new();

    private readonly Lazy<(Dictionary<ulong, string> Names, ulong CallBase)> _symbols = new(Read);

    /// <summary>The symbol at exactly this address; null for none, or where addresses are hidden.</summary>
    public string? Name(ulong address) => address == 0 ? null : _symbols.Value.Names.GetValueOrDefault(address);

    /// <summary>
    /// What a call with this immediate calls in translated code: a symbol, or the address in hexadecimal; null where addresses are hidden.
    /// </summary>
    public string? CallTarget(int imm)
    {
        (Dictionary<ulong, string> names, ulong callBase) = _symbols.Value;
        if (callBase == 0) return null;
        ulong address = callBase + (ulong)(long)imm;
        return names.GetValueOrDefault(address, $"0x{address:x}");
    }

    private static (Dictionary<ulong, string>, ulong) Read()
    {
        var names = new Dictionary<ulong, string>();
        ulong callBase = 0;
        KernelFile.ReadLines(Path, line =>
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space < 0
                || !ulong.TryParse(line.AsSpan(0, space), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong address)) return;
            ReadOnlySpan<char> rest = line.AsSpan(space + 3);
            int tab = rest.IndexOf('\t');
            string name = (tab < 0 ? rest : rest[..tab]).ToString();
            names.TryAdd(address, name);
            if (name == CallBase) callBase = address;
        });

        return (names, callBase);
    }
}
