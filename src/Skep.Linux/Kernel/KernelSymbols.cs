using System.Globalization;

namespace Skep.Linux.Kernel;

/// <summary>A kernel's symbols by address: names for the calls of translated programs, as bpftool gives them.</summary>
public sealed class KernelSymbols
{
    private const string Path = "/proc/kallsyms", CallBase = "__bpf_call_base";

    private readonly Lazy<(Dictionary<ulong, string> Names, ulong CallBase)> _symbols;

    /// <summary>Those of the kernel that runs here: /proc/kallsyms is read when the first is asked for.</summary>
    public KernelSymbols() => _symbols = new(() => Read(line => KernelFile.ReadLines(Path, line)));

    /// <summary>Those of another kernel.</summary>
    /// <param name="lines">Its /proc/kallsyms.</param>
    public KernelSymbols(IEnumerable<string> lines) => _symbols = new(() => Read(line =>
    {
        foreach (string one in lines) line(one);
    }));

    /// <summary>Whether the kernel that runs here has a symbol.</summary>
    public static bool Has(string name)
    {
        bool found = false;
        KernelFile.ReadLines(Path, line => found |= line.EndsWith($" {name}", StringComparison.Ordinal));
        return found;
    }

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

    private static (Dictionary<ulong, string>, ulong) Read(Action<Action<string>> forEachLine)
    {
        var names = new Dictionary<ulong, string>();
        ulong callBase = 0;
        forEachLine(line =>
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
