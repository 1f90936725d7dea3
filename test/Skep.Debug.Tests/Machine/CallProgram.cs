using Skep.Bpf;
using Skep.Debug.Machine.Image;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Debug.Tests.Machine;

/// <summary>
/// Programs that make one call with numbers that a test gives, and show what came of it: r6 is the context, r7 the numbers (8 bytes each),
/// r8 the place for results, of which the first number is the call's result.
/// </summary>
internal static class CallProgram
{
    internal const int InputBytes = 128, OutputBytes = 256;

    /// <summary>The maps that come first.</summary>
    internal static readonly MapDefinition[] Own =
        [new("input", BpfMapType.Array, 4, InputBytes, 1), new("output", BpfMapType.Array, 4, OutputBytes, 1)];

    internal static Instruction[] Make(Action<Assembler> body, Action<Assembler>? functions = null, int result = 0)
    {
        var code = new Assembler();
        code.Mov(R6, R1).LoadMapIndexValue(R7, 0, 0).LoadMapIndexValue(R8, 1, 0);
        body(code);
        code.Store(MemorySize.Double, R8, 0, R0).Mov(R0, result).Exit();
        functions?.Invoke(code);
        return code.Build();
    }

    /// <summary>Loads the test's numbers into registers.</summary>
    internal static Assembler Give(this Assembler code, params Register[] registers)
    {
        for (int i = 0; i < registers.Length; i++) code.Load(MemorySize.Double, registers[i], R7, (short)(i * 8));
        return code;
    }

    /// <summary>Loads one number.</summary>
    internal static Assembler Give(this Assembler code, Register register, int number) =>
        code.Load(MemorySize.Double, register, R7, (short)(number * 8));

    internal static byte[] Input(params ReadOnlySpan<ulong> numbers)
    {
        var bytes = new byte[InputBytes];
        for (int i = 0; i < numbers.Length; i++) BitConverter.TryWriteBytes(bytes.AsSpan(i * 8), numbers[i]);
        return bytes;
    }

    internal static void Compare(BpfProgramType type, Instruction[] code, MapDefinition[] maps, int runs,
        Func<Random, (byte[] Input, byte[] Packet, byte[] Context)> next, Action<KernelPair>? prepare = null)
    {
        Requires.Root();
        using var pair = new KernelPair(type, code, [.. Own, .. maps]);
        prepare?.Invoke(pair);
        var random = new Random(1);
        for (int i = 0; i < runs; i++)
        {
            (byte[] input, byte[] packet, byte[] context) = next(random);
            pair.Set(0, new byte[4], input);
            pair.Set(1, new byte[4], new byte[OutputBytes]);
            string? difference = pair.Run(packet, context) ?? pair.CompareMaps();
            if (difference is not null)
                Assert.Fail($"run {i}: {difference}\ninput {Convert.ToHexString(input)}\npacket {Convert.ToHexString(packet)}\n"
                    + $"{pair.Listing()}");
        }
    }

    internal static byte[] Packet(Random random, int least = 14, int most = 200)
    {
        var packet = new byte[random.Next(least, most)];
        random.NextBytes(packet);
        int kind = random.Next(4);
        if (packet.Length >= 54 && kind < 2)
        {
            // IPv4 or IPv6, as far as the kernel looks before a program runs.
            (packet[12], packet[13]) = kind == 0 ? ((byte)0x08, (byte)0) : ((byte)0x86, (byte)0xdd);
            packet[14] = kind == 0 ? (byte)0x45 : (byte)0x60;
        }

        return packet;
    }
}
