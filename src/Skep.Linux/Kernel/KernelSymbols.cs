using System.Globalization;

namespace Skep.Linux.Kernel;

/// <summary>A kernel's symbols by address: names for the calls of translated programs, as bpftool gives them.</summary>
public sealed class KernelSymbols
{
    private const string Path = "/proc/kallsyms", CallBase = "__bpf_call_base", TextStart = "_stext", TextEnd = "_etext";

    private readonly Lazy<(Dictionary<ulong, string> Names, ulong CallBase, ulong Start, ulong End)> _symbols;
    private ulong[]? _addresses;

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

    /// <summary>The kernel's own code, from its first byte to the one behind its last; nothing where addresses are hidden.</summary>
    public (ulong Start, ulong End) Text => (_symbols.Value.Start, _symbols.Value.End);

    /// <summary>The symbol at an address or before it, and how far before; null where there is none, or addresses are hidden.</summary>
    public (string Name, ulong Offset)? Near(ulong address)
    {
        Dictionary<ulong, string> names = _symbols.Value.Names;
        if (_addresses is not { } sorted)
        {
            sorted = [.. names.Keys];
            Array.Sort(sorted);
            _addresses = sorted;
        }

        int found = Array.BinarySearch(sorted, address);
        if (found < 0) found = ~found - 1;
        return found < 0 || sorted[found] == 0 ? null : (names[sorted[found]], address - sorted[found]);
    }

    /// <summary>
    /// What a call with this immediate calls in translated code: a symbol, or the address in hexadecimal; null where addresses are hidden.
    /// </summary>
    public string? CallTarget(int imm)
    {
        (Dictionary<ulong, string> names, ulong callBase, _, _) = _symbols.Value;
        if (callBase == 0) return null;
        ulong address = callBase + (ulong)(long)imm;
        return names.GetValueOrDefault(address, $"0x{address:x}");
    }

    private static (Dictionary<ulong, string>, ulong, ulong, ulong) Read(Action<Action<string>> forEachLine)
    {
        var names = new Dictionary<ulong, string>();
        ulong callBase = 0, start = 0, end = 0;
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
            else if (name == TextStart) start = address;
            else if (name == TextEnd) end = address;
        });

        return (names, callBase, start, end);
    }
}
