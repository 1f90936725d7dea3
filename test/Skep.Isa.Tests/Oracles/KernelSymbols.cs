using System.Globalization;

namespace Skep.Isa.Tests.Oracles;

/// <summary>Names for the calls of translated programs, found as bpftool does: in /proc/kallsyms, by address.</summary>
internal sealed class KernelSymbols : ISymbolResolver
{
    private readonly Dictionary<ulong, string> _names = [];
    private readonly ulong _callBase;

    public KernelSymbols()
    {
        foreach (var line in File.ReadLines("/proc/kallsyms"))
        {
            var words = line.Split(' ', '\t');
            var address = ulong.Parse(words[0], NumberStyles.HexNumber);
            _names.TryAdd(address, words[2]);
            if (words[2] == "__bpf_call_base")
                _callBase = address;
        }
    }

    public string? KernelFunction(in DecodedInstruction call)
    {
        var address = _callBase + (ulong)(long)call.Imm;
        return _names.TryGetValue(address, out var name) ? name : $"0x{address:x}";
    }
}
