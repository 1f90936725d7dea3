using System.Runtime.InteropServices;
using System.Text;
using Skep.Isa.Classic;

namespace Skep.Isa.Tests;

/// <summary>The running kernel decides which classic filters are valid.</summary>
[Trait("level", "kernel")]
public sealed class ClassicKernelTests
{
    private const int Shown = 20;

    [Fact]
    public void What_decodes_without_fault_is_what_the_kernel_attaches_to_a_socket() =>
        CompareVerdicts(ClassicUse.Socket, ClassicWords.All, maximum: 100_000);

    [Fact]
    public void What_decodes_without_fault_is_what_seccomp_installs() =>
        CompareVerdicts(
            ClassicUse.Seccomp,
            ClassicWords.All.Where(slot => slot.Code != 0x16 && (slot.Code != 0x06 || slot.K == 0x7fff0000)),
            maximum: 2000);

    private static void CompareVerdicts(ClassicUse use, IEnumerable<ClassicInstruction> words, int maximum)
    {
        // The filters jump over one instruction at most, so that every path ends.
        ClassicInstruction allow = new(0x06, 0, 0, 0x7fff0000);
        // The kernel looks for a store before a load of scratch memory; that is not the decoder's.
        var all = words.Where(slot => slot.Code is not (0x60 or 0x61)).ToArray();
        var step = Math.Max(1, all.Length / maximum);
        var filters = Enumerable.Range(0, all.Length / step).Select(i => new[] { all[i * step], allow, allow }).ToArray();
        var verdicts = Encoding.ASCII.GetString(Tool.Run(
            CProgram.Path("accept.c"),
            MemoryMarshal.AsBytes<ClassicInstruction>(filters.SelectMany(filter => filter).ToArray()).ToArray(),
            use == ClassicUse.Socket ? "socket" : "seccomp", "3"));

        Assert.Equal(filters.Length, verdicts.Length);
        Assert.Contains('0', verdicts);
        Assert.Contains('1', verdicts);
        var wrong = new List<string>();
        for (var i = 0; i < filters.Length; i++)
        {
            var item = ClassicDecoder.Decode(filters[i], 0, use);
            if (item.IsValid != (verdicts[i] == '1'))
                wrong.Add($"{item.Slot}: {item.Kind}, {item.Fault}; the kernel says {verdicts[i]}");
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n{string.Join('\n', wrong.Take(Shown))}");
    }
}
