using Skep.Bpf;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.State;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Debug.Tests.Machine;

/// <summary>Maps of a machine do what the kernel's do, over many operations in a row.</summary>
[Trait("level", "kernel")]
public sealed class MapKernelTests
{
    private const int Runs = 4000;
    private const int Lookup = 1, Update = 2, Delete = 3, Push = 87, Pop = 88, Peek = 89;

    // A key at 16, a value at 32, flags in number 1.
    private static readonly Instruction[] Elements = CallProgram.Make(code =>
    {
        Label update = code.DefineLabel(), delete = code.DefineLabel(), done = code.DefineLabel();
        code.Give(R9, 0).LoadMapIndex(R1, 2).Mov(R2, R7).Add(R2, 16).JumpIf(Condition.Equal, R9, 1, update)
            .JumpIf(Condition.Equal, R9, 2, delete)
            .Call(Lookup).JumpIf(Condition.Equal, R0, 0, done).Load(MemorySize.Double, R1, R0).Store(MemorySize.Double, R8, 8, R1)
            .Load(MemorySize.Double, R1, R0, 8).Store(MemorySize.Double, R8, 16, R1).Mov(R2, 3).AtomicAdd(MemorySize.Double, R0, 0, R2)
            .Mov(R0, 1).Jump(done)
            .Bind(update).Mov(R3, R7).Add(R3, 32).Give(R4, 1).Call(Update).Jump(done)
            .Bind(delete).Call(Delete).Bind(done);
    });

    // What was looked up before an update is the old value still.
    private static readonly Instruction[] Stale = CallProgram.Make(code =>
    {
        Label done = code.DefineLabel();
        code.LoadMapIndex(R1, 2).Mov(R2, R7).Add(R2, 16).Call(Lookup).JumpIf(Condition.Equal, R0, 0, done).Mov(R9, R0)
            .LoadMapIndex(R1, 2).Mov(R2, R7).Add(R2, 16).Mov(R3, R7).Add(R3, 32).Mov(R4, 0).Call(Update)
            .Load(MemorySize.Double, R1, R9).Store(MemorySize.Double, R8, 8, R1).Store(MemorySize.Double, R9, 0, 5)
            .Bind(done).Mov(R0, 0).LoadMapIndex(R1, 2).Mov(R2, R7).Add(R2, 16).Mov(R3, R7).Add(R3, 32).Mov(R4, 0).Call(Update);
    });

    [Theory]
    [InlineData(BpfMapType.Hash)]
    [InlineData(BpfMapType.LruHash)]
    [InlineData(BpfMapType.Array)]
    public void Elements_are_counted(BpfMapType type)
    {
        Requires.Root();
        var kfuncs = new KfuncNames();
        Instruction[] code = CallProgram.Make(code => code.LoadMapIndex(R1, 2).CallKfunc(kfuncs.Id("bpf_map_sum_elem_count")));
        using var pair = new KernelPair(
            BpfProgramType.SchedCls, code, new MachineOptions(), [.. CallProgram.Own, new("counted", type, 4, 8, 8)], kfuncs.Names);
        for (int i = 0; i < 8; i++)
        {
            pair.Set(2, BitConverter.GetBytes(i), new byte[8]);
            pair.Set(1, new byte[4], new byte[CallProgram.OutputBytes]);
            Assert.Null(pair.Run(new byte[14]) ?? pair.CompareMaps());
        }
    }

    [Theory]
    [InlineData(BpfMapType.Array, 4u, 8u, MapFlags.None)]
    [InlineData(BpfMapType.Hash, 4u, 8u, MapFlags.None)]
    [InlineData(BpfMapType.Hash, 7u, 8u, MapFlags.NoPreallocation)]
    [InlineData(BpfMapType.LpmTrie, 8u, 20u, MapFlags.NoPreallocation)]
    public void Elements_are_the_same(BpfMapType type, uint keySize, uint entries, MapFlags flags) => CallProgram.Compare(
        BpfProgramType.Xdp, Elements, [new MapDefinition("map", type, keySize, 16, entries) { Flags = flags }], Runs,
        random => (Operation(random, type == BpfMapType.LpmTrie), new byte[14], []));

    [Fact]
    public void Keys_that_are_used_are_kept() => CallProgram.Compare(
        BpfProgramType.Xdp, Elements, [new MapDefinition("map", BpfMapType.LruHash, 4, 16, 64)], Runs,
        random => (Operation(random, isPrefix: false), new byte[14], []));

    [Theory]
    [InlineData(MapFlags.None)]
    [InlineData(MapFlags.NoPreallocation)]
    public void Old_values_stay(MapFlags flags) => CallProgram.Compare(
        BpfProgramType.Xdp, Stale, [new MapDefinition("map", BpfMapType.Hash, 4, 16, 32) { Flags = flags }], Runs,
        random => (Operation(random, isPrefix: false), new byte[14], []));

    [Theory]
    [InlineData(BpfMapType.Queue)]
    [InlineData(BpfMapType.Stack)]
    public void Queues_are_the_same(BpfMapType type) => CallProgram.Compare(
        BpfProgramType.Xdp,
        CallProgram.Make(code =>
        {
            Label pop = code.DefineLabel(), peek = code.DefineLabel(), done = code.DefineLabel();
            code.Give(R9, 0).LoadMapIndex(R1, 2).Mov(R2, R7).Add(R2, 32).Give(R3, 1).JumpIf(Condition.Equal, R9, 1, pop)
                .JumpIf(Condition.Equal, R9, 2, peek).Call(Push).Jump(done)
                .Bind(pop).Mov(R2, R8).Add(R2, 8).Call(Pop).Jump(done).Bind(peek).Mov(R2, R8).Add(R2, 8).Call(Peek).Bind(done);
        }),
        [new MapDefinition("map", type, 0, 16, 5)], Runs, random => (Operation(random, isPrefix: false), new byte[14], []));

    [Fact]
    public void Bloom_filters_have_what_was_put_in() => CallProgram.Compare(
        BpfProgramType.Xdp,
        CallProgram.Make(code => code.LoadMapIndex(R1, 2).Mov(R2, R7).Add(R2, 32).Give(R3, 1).Call(Push).Store(MemorySize.Double, R8, 8, R0)
            .LoadMapIndex(R1, 2).Mov(R2, R7).Add(R2, 32).Call(Peek)),
        [new MapDefinition("map", BpfMapType.BloomFilter, 0, 16, 5000)], Runs,
        random => (CallProgram.Input(0, 0, 0, 0, (ulong)random.Next(100)), new byte[14], []));

    [Fact]
    public void Sums_over_CPUs_are_the_same()
    {
        Requires.Root();
        Instruction[] code = CallProgram.Make(body =>
        {
            Label none = body.DefineLabel(), add = body.DefineLabel(), done = body.DefineLabel();
            body.LoadMapIndex(R1, 2).Mov(R2, R7).Add(R2, 16).Call(Lookup).JumpIf(Condition.Equal, R0, 0, none)
                .Give(R1, 4).AtomicAdd(MemorySize.Double, R0, 0, R1).Bind(none).LoadMapIndex(R1, 3).Mov(R2, R7).Add(R2, 16).Call(Lookup)
                .JumpIf(Condition.NotEqual, R0, 0, add).LoadMapIndex(R1, 3).Mov(R2, R7).Add(R2, 16).Mov(R3, R7).Add(R3, 32).Mov(R4, 1)
                .Call(Update).Jump(done).Bind(add).Give(R1, 4).AtomicAdd(MemorySize.Double, R0, 0, R1).Mov(R0, 7).Bind(done);
        });
        MapDefinition[] maps =
            [.. CallProgram.Own, new("array", BpfMapType.PercpuArray, 4, 16, 8), new("hash", BpfMapType.PercpuHash, 4, 16, 8)];
        using var pair = new KernelPair(BpfProgramType.Xdp, code, maps);
        var random = new Random(1);
        for (int i = 0; i < Runs; i++)
        {
            pair.Set(0, new byte[4], CallProgram.Input(0, 0, (ulong)random.Next(10), 0, (ulong)random.Next(100)));
            Assert.Null(pair.Run(new byte[14]));
        }

        for (int map = 2; map < 4; map++)
        {
            ulong kernel = 0, own = 0;
            pair.Maps[map].Scan((_, value, _) =>
            {
                for (int at = 0; at < value.Length; at += 16) kernel += BitConverter.ToUInt64(value[at..]);
                return true;
            });
            foreach ((byte[] _, byte[] value) in pair.Machine.Maps[map].Entries()) own += BitConverter.ToUInt64(value);
            Assert.Equal(kernel, own);
        }
    }

    private static byte[] Operation(Random random, bool isPrefix)
    {
        var input = CallProgram.Input((ulong)random.Next(3), (ulong)(random.Next(3) == 0 ? random.Next(5) : 0));
        BitConverter.TryWriteBytes(input.AsSpan(16), isPrefix ? random.Next(random.Next(8) == 0 ? 40 : 33) : random.Next(12));
        if (isPrefix) random.NextBytes(input.AsSpan(20, 2));
        if (isPrefix) input[20] &= 3;
        random.NextBytes(input.AsSpan(32, 16));

        // The kernel keeps the bits behind a prefix as they were given.
        if (isPrefix) Mask(input.AsSpan(20, 4), BitConverter.ToInt32(input, 16));
        return input;
    }

    private static void Mask(Span<byte> bytes, int length)
    {
        for (int bit = Math.Min(length, 32); bit < 32; bit++) bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
    }
}
