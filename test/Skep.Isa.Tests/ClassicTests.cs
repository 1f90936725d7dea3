using System.Runtime.InteropServices;
using System.Text;
using CsCheck;
using Skep.Isa.Classic;

namespace Skep.Isa.Tests;

public sealed class ClassicTests
{
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
        var slots = ClassicWords.All.ToArray();
        var expected = Encoding.ASCII.GetString(
            Tool.Run(CProgram.Path("bpf_image.c", "-ldl"), MemoryMarshal.AsBytes<ClassicInstruction>(slots).ToArray())).Split('\n');
        var disassembler = new ClassicDisassembler();
        Assert.All(slots, (_, i) =>
        {
            var item = ClassicDecoder.Decode(slots, i);
            // The kernel takes this one (bpf_check_classic); libpcap does not know it.
            var text = item.Kind == ClassicKind.LoadXLength ? $"({i:d3}) unimp    0x81" : disassembler.Text(item);
            Assert.Equal(expected[i], text);
        });
    }

    [Theory]
    [InlineData(0x20, 0u, "(000) ld       [0] ; nr")]
    [InlineData(0x20, 4u, "(000) ld       [4] ; arch")]
    [InlineData(0x20, 60u, "(000) ld       [60] ; args[5] high")]
    [InlineData(0x20, 64u, "(000) ld       [64]")]
    [InlineData(0x06, 0x7fff0000u, "(000) ret      #2147418112 ; SECCOMP_RET_ALLOW")]
    [InlineData(0x06, 0x00050001u, "(000) ret      #327681 ; SECCOMP_RET_ERRNO")]
    [InlineData(0x06, 0x12340000u, "(000) ret      #305397760")]
    public void Seccomp_filters_name_fields_and_actions(ushort code, uint k, string text) =>
        Assert.Equal(
            text, new ClassicDisassembler(ClassicUse.Seccomp).Text(ClassicDecoder.Decode([new(code, 0, 0, k)], 0, ClassicUse.Seccomp)));

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

    private static ClassicInstruction[] Compile(string expression) =>
        [.. from line in Tool.Run("tcpdump", "-ddd", "-y", "EN10MB", expression).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            let fields = line.Split(' ')
            select new ClassicInstruction(ushort.Parse(fields[0]), byte.Parse(fields[1]), byte.Parse(fields[2]), uint.Parse(fields[3]))];
}
