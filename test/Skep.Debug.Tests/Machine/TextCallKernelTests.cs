using System.Text;
using Skep.Bpf;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Debug.Tests.Machine;

/// <summary>Helpers that read numbers from text, and write them by formats, do in the machine what they do in the kernel.</summary>
[Trait("level", "kernel")]
public sealed class TextCallKernelTests
{
    private const int Text = 16, Room = 100, Runs = 3000;
    private const int TracePrint = 6, ReadSigned = 105, ReadUnsigned = 106;

    [Theory]
    [InlineData(ReadSigned)]
    [InlineData(ReadUnsigned)]
    public void Numbers_are_read(int helper)
    {
        Instruction[] code = CallProgram.Make(code => code.Mov(R1, R7).Add(R1, Text).Mov(R2, Room).Give(R3, 0).Mov(R4, R8).Add(R4, 8)
            .Call(helper));
        CallProgram.Compare(BpfProgramType.SchedCls, code, [], Runs, random =>
        {
            byte[] input = CallProgram.Input((ulong)(random.Next(20) == 0 ? random.Next(20) : new[] { 0, 8, 10, 16 }[random.Next(4)]));
            Number(random).CopyTo(input.AsSpan(Text));
            return (input, new byte[14], []);
        });
    }

    [Theory]
    [InlineData("%d")]
    [InlineData("%05d %-6x|")]
    [InlineData("%s")]
    [InlineData("%sa")]
    [InlineData("%s!")]
    [InlineData("%ld %lld")]
    [InlineData("%ls")]
    [InlineData("%lc")]
    [InlineData("%lp")]
    [InlineData("%c")]
    [InlineData("%08c|")]
    [InlineData("%p %px %pK")]
    [InlineData("%pks")]
    [InlineData("%pksa")]
    [InlineData("%l")]
    [InlineData("%q")]
    [InlineData("100%")]
    [InlineData("%% %i %u %X")]
    public void Formats_are_taken_or_refused(string format)
    {
        foreach (int length in (int[])[format.Length, format.Length + 1])
        {
            byte[] text = Encoding.ASCII.GetBytes(format);

            // Strings are read at addresses that are none, and are empty.
            Instruction[] code = CallProgram.Make(code => code.Mov(R1, R7).Add(R1, Text).Mov(R2, length).Mov(R3, 0).Mov(R4, 0).Mov(R5, 0)
                .Call(TracePrint));
            CallProgram.Compare(BpfProgramType.SchedCls, code, [], 1, _ =>
            {
                byte[] input = CallProgram.Input();
                input.AsSpan(Text).Fill((byte)'z');
                text.CopyTo(input, Text);
                if (length > text.Length) input[Text + text.Length] = 0;
                return (input, new byte[14], []);
            });
        }
    }

    // Signs, spaces and prefixes before digits, of which there may be more than the kernel looks at.
    private static byte[] Number(Random random)
    {
        var text = new List<byte>();
        while (random.Next(3) == 0) text.Add((byte)" \t\n\u000b\r\u00a0\u0085"[random.Next(7)]);
        if (random.Next(3) == 0) text.Add((byte)"-+"[random.Next(2)]);
        if (random.Next(3) == 0) text.AddRange("0x"u8[..random.Next(1, 3)]);
        int digits = random.Next(4) == 0 ? random.Next(55, 75) : random.Next(21);
        byte first = (byte)"0189fFg"[random.Next(7)];
        for (int i = 0; i < digits; i++) text.Add(random.Next(5) > 0 ? first : (byte)"0123456789abcdefgz "[random.Next(19)]);
        return [.. text];
    }
}
