using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.Programs;
using Skep.Isa;

namespace Skep.Filter.Bench;

/// <summary>The same filter without the count of each rule: its instructions do nothing, and the verifier removes those.</summary>
internal static class Uncounted
{
    private const byte Jump = 0x05, AddImmediate = 0x07, AddRegister = 0x0f;
    private const byte LoadWord = 0x61, StoreWord = 0x63, LoadDouble = 0x79, StoreDouble = 0x7b;

    private static readonly byte[] s_count = [LoadDouble, AddImmediate, StoreDouble, LoadDouble, LoadWord, AddRegister, StoreDouble];

    /// <exception cref="InvalidOperationException">The code that counts was not found.</exception>
    internal static Subject Of(LoadedFilter counted)
    {
        var plan = counted.Filter.Plan;
        var rules = plan.Maps.Select((map, place) => (map.Role, Place: place)).First(m => m.Role == MapRole.Rules).Place;
        var code = counted.Filter.Instructions.ToArray();
        var found = 0;
        for (var i = s_count.Length; i + s_count.Length <= code.Length; i++)
        {
            if (!IsCount(code.AsSpan(i, s_count.Length))) continue;
            var start = i - 1;
            while (start > 0 && !code[start].IsWide) start--;
            if (code[start].Src is not (5 or 6) || code[start].Imm != rules) continue;
            if (code[start - 1].Code == StoreWord) start--;
            code.AsSpan(start, i + s_count.Length - start).Fill(new(Jump, 0, 0, 0, 0));
            found++;
        }
        if (found == 0) throw new InvalidOperationException("the instructions that count for a rule were not found");
        return new(Subject.Load(code, counted.Maps));
    }

    private static bool IsCount(ReadOnlySpan<Instruction> code)
    {
        for (var i = 0; i < s_count.Length; i++)
            if (code[i].Code != s_count[i]) return false;
        return code[1].Imm == 1 && code[0].Off == 0 && code[3].Off == 8;
    }
}
