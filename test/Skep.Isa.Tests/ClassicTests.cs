using System.Runtime.InteropServices;
using CsCheck;
using Skep.Isa.Classic;
using Skep.Isa.Tests.Oracles;

namespace Skep.Isa.Tests;

public sealed class ClassicTests
{
    private static readonly uint[] _operands = [0, 1, 4, 15, 16, 31, 32, 60, 64, 0x800, 0x7fff0000, 0xffe00000, 0xfffff000, 0xfffff001, 0xfffff03c, 0xfffff040, 0xffffffff];

    [Theory]
    [InlineData("ip")]
    [InlineData("tcp port 80 and host 10.0.0.1")]
    [InlineData("ip6 and udp portrange 5000-6000")]
    [InlineData("vlan 100 and tcp[13] & 2 != 0")]
    [InlineData("icmp[icmptype] = icmp-echo or (arp and ether host 02:00:00:00:00:01)")]
    [InlineData("ip[0] & 0xf > 5 and ip[2:2] - 20 > tcp[12] >> 4")]
    [InlineData("len > 100 and not broadcast and ip proto 47")]
    public void A_filter_reads_as_tcpdump_prints_it(string expression)
    {
        var output = new TextOutput();
        new ClassicDisassembler().WriteListing(Compile(expression), output);

        Assert.Equal(Tool.Run("tcpdump", "-d", "-y", "EN10MB", expression), output.ToString());
    }

    [Fact]
    public void Every_opcode_reads_as_libpcap_writes_it()
    {
        var slots = Words().ToArray();
        var expected = Lines("bpf_image.c", ["-ldl"], [], slots).Split('\n');
        var disassembler = new ClassicDisassembler();
        var filter = slots.AsSpan();
        for (var i = 0; i < filter.Length; i++)
        {
            var item = ClassicDecoder.Decode(filter, i);
            // The kernel takes this one (bpf_check_classic); libpcap does not know it.
            var text = item.Kind == ClassicKind.LoadXLength ? $"({i:d3}) unimp    0x81" : disassembler.Text(item);
            Assert.Equal(expected[i], text);
        }
    }

    [Fact]
    [Trait("level", "kernel")]
    public void What_decodes_without_fault_is_what_the_kernel_attaches_to_a_socket() => CompareVerdicts(ClassicUse.Socket, Words(), maximum: 100_000);

    [Fact]
    [Trait("level", "kernel")]
    public void What_decodes_without_fault_is_what_seccomp_installs() =>
        CompareVerdicts(ClassicUse.Seccomp, Words().Where(slot => slot.Code != 0x16 && (slot.Code != 0x06 || slot.K == 0x7fff0000)), maximum: 2000);

    [Theory]
    [InlineData(0x20, 0u, "(000) ld       [0] ; nr")]
    [InlineData(0x20, 4u, "(000) ld       [4] ; arch")]
    [InlineData(0x20, 60u, "(000) ld       [60] ; args[5] high")]
    [InlineData(0x20, 64u, "(000) ld       [64]")]
    [InlineData(0x06, 0x7fff0000u, "(000) ret      #2147418112 ; SECCOMP_RET_ALLOW")]
    [InlineData(0x06, 0x00050001u, "(000) ret      #327681 ; SECCOMP_RET_ERRNO")]
    [InlineData(0x06, 0x12340000u, "(000) ret      #305397760")]
    public void Seccomp_filters_name_fields_and_actions(ushort code, uint k, string text) =>
        Assert.Equal(text, new ClassicDisassembler(ClassicUse.Seccomp).Text(ClassicDecoder.Decode([new(code, 0, 0, k)], 0, ClassicUse.Seccomp)));

    [Fact]
    public void Any_words_decode() =>
        Gen.ULong.Array[1, 32].Sample(words =>
        {
            var filter = MemoryMarshal.Cast<ulong, ClassicInstruction>(words);
            for (var i = 0; i < filter.Length; i++)
            {
                var item = ClassicDecoder.Decode(filter, i);
                Assert.Equal(words[i], item.Slot.Raw);
                Assert.Equal(filter[i], new ClassicInstruction(item.Slot.Code, item.Slot.Jt, item.Slot.Jf, item.Slot.K));
                Assert.NotEmpty(new ClassicDisassembler().Text(item));
            }
        });

    private static void CompareVerdicts(ClassicUse use, IEnumerable<ClassicInstruction> words, int maximum)
    {
        // The filters jump over one instruction at most, so that every path ends.
        ClassicInstruction allow = new(0x06, 0, 0, 0x7fff0000);
        // The kernel looks for a store before a load of scratch memory; that is not the decoder's.
        var all = words.Where(slot => slot.Code is not (0x60 or 0x61)).ToArray();
        var step = Math.Max(1, all.Length / maximum);
        var filters = Enumerable.Range(0, all.Length / step).Select(i => new[] { all[i * step], allow, allow }).ToArray();
        var verdicts = Lines("accept.c", [], [use == ClassicUse.Socket ? "socket" : "seccomp", "3"], [.. filters.SelectMany(filter => filter)]);

        Assert.Equal(filters.Length, verdicts.Length);
        Assert.Contains('0', verdicts);
        Assert.Contains('1', verdicts);
        for (var i = 0; i < filters.Length; i++)
        {
            var item = ClassicDecoder.Decode(filters[i], 0, use);
            Assert.True(item.IsValid == (verdicts[i] == '1'), $"{item.Slot}: {item.Kind}, {item.Fault}; the kernel says {verdicts[i]}");
        }
    }

    private static IEnumerable<ClassicInstruction> Words() =>
        from code in Enumerable.Range(0, 0x110)
        from k in _operands
        from jumps in new (byte, byte)[] { (0, 0), (1, 0), (0, 2), (200, 1) }
        select new ClassicInstruction((ushort)code, jumps.Item1, jumps.Item2, k);

    private static ClassicInstruction[] Compile(string expression) =>
        [.. from line in Tool.Run("tcpdump", "-ddd", "-y", "EN10MB", expression).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            let fields = line.Split(' ')
            select new ClassicInstruction(ushort.Parse(fields[0]), byte.Parse(fields[1]), byte.Parse(fields[2]), uint.Parse(fields[3]))];

    private static string Lines(string source, string[] libraries, string[] arguments, ClassicInstruction[] input)
    {
        using var scratch = new Scratch();
        var file = scratch.File("oracle");
        Tool.Run("clang", ["-O1", "-Wall", "-Werror", Tool.Program(source), "-o", file, .. libraries]);
        using var process = Tool.Start(file, arguments);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        process.StandardInput.BaseStream.Write(MemoryMarshal.AsBytes<ClassicInstruction>(input));
        process.StandardInput.Close();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.GetAwaiter().GetResult();
    }
}
