using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.State;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Debug.Tests.Machine;

/// <summary>Callbacks, tail calls, dynptrs, strings and records do what the kernel's do.</summary>
[Trait("level", "kernel")]
public sealed class ControlKernelTests
{
    private const int Runs = 1000;
    private const int TailCall = 12, Strtol = 105, Strtoul = 106, Snprintf = 165, Strncmp = 182,
        RingOutput = 130, RingReserve = 131, RingSubmit = 132, RingDiscard = 133, RingQuery = 134, FromMemory = 197, DynptrRead = 201,
        DynptrWrite = 202, DynptrData = 203;

    [Fact]
    public void Programs_call_each_other_up_to_the_limit()
    {
        Requires.Root();
        var definition = new MapDefinition("programs", BpfMapType.ProgArray, 4, 4, 4);
        var counter = new MapDefinition("counter", BpfMapType.Array, 4, 8, 1);
        var code = new Assembler();
        code.LoadMapIndexValue(R2, 1, 0).Load(MemorySize.Double, R3, R2).Add(R3, 1).Store(MemorySize.Double, R2, 0, R3)
            .Load(MemorySize.Word, R3, R1, 16).LoadMapIndex(R2, 0).Call(TailCall).Mov(R0, 5).Exit();
        using var programs = BpfMap.Create(new BpfMapSpec(BpfMapType.ProgArray, 4, 4, 4));
        using var counts = BpfMap.Create(new BpfMapSpec(BpfMapType.Array, 4, 8, 1));
        using BpfProgram kernel = BpfProgram.Load(
            BpfProgramType.Xdp, MemoryMarshal.Cast<Instruction, ulong>(code.Build()), new ProgramLoadOptions { Maps = [programs, counts] });
        var machine = new BpfMachine([ProgramImage.Of("again", BpfProgramType.Xdp, code.Build(), definition, counter)]);
        for (uint round = 0; round < 2; round++)
        {
            Assert.Equal(5u, kernel.Run(new BpfRun { Data = new byte[14] }).ReturnValue);
            machine.Start(new MachineInput { Packet = new byte[14] });
            Assert.Equal(MachineStatus.Finished, machine.Run());
            Assert.Equal(5u, machine.ReturnValue);
            var count = new byte[8];
            Assert.True(counts.TryLookup(new byte[4], count));
            Assert.Equal(count, machine.Map("counter")!.Get(new byte[4]));
            programs.Update(new byte[4], kernel);
            machine.SetProgram(machine.Map("programs")!, 0, 0);
        }
    }

    [Fact]
    public void Dynptrs_are_read_and_written() => CallProgram.Compare(
        BpfProgramType.Xdp,
        CallProgram.Make(code =>
        {
            Label none = code.DefineLabel();
            code.Mov(R1, R8).Add(R1, 64).Mov(R2, 100).Give(R3, 0).Mov(R4, R10).Add(R4, -16).Call(FromMemory)
                .Store(MemorySize.Double, R8, 8, R0)
                .Mov(R1, R10).Add(R1, -16).Give(R2, 1).Mov(R3, R7).Mov(R4, 24).Mov(R5, 0).Call(DynptrWrite)
                .Store(MemorySize.Double, R8, 16, R0)
                .Mov(R1, R8).Add(R1, 176).Mov(R2, 16).Mov(R3, R10).Add(R3, -16).Give(R4, 2).Mov(R5, 0).Call(DynptrRead)
                .Store(MemorySize.Double, R8, 24, R0).Mov(R1, R10).Add(R1, -16).Give(R2, 3).Mov(R3, 8).Call(DynptrData)
                .JumpIf(Condition.Equal, R0, 0, none).Load(MemorySize.Double, R1, R0).Add(R1, 1).Store(MemorySize.Double, R0, 0, R1)
                .Mov(R0, 3)
                .Bind(none);
        }),
        [], Runs, random => (CallProgram.Input(random.Next(6) == 0 ? 1UL : 0, (ulong)random.Next(120), (ulong)random.Next(110), 32),
            new byte[14], []));

    [Fact]
    public void Texts_are_compared_and_read() => CallProgram.Compare(
        BpfProgramType.Xdp,
        CallProgram.Make(code => code.Mov(R1, R7).Add(R1, 32).Mov(R2, 8).LoadMapIndexValue(R3, 2, 0).Call(Strncmp)
            .Store(MemorySize.Double, R8, 8, R0)
            .Store(MemorySize.Double, R8, 16, 7).Mov(R1, R7).Add(R1, 64).Mov(R2, 24).Give(R3, 0).Mov(R4, R8).Add(R4, 16).Call(Strtol)
            .Store(MemorySize.Double, R8, 24, R0)
            .Mov(R1, R7).Add(R1, 64).Mov(R2, 24).Give(R3, 0).Mov(R4, R8).Add(R4, 32).Call(Strtoul)),
        [new MapDefinition(".rodata", BpfMapType.Array, 4, 8, 1)
        {
            Flags = MapFlags.ReadOnlyForPrograms,
            Content = "hello\0\0\0"u8.ToArray(),
        }],
        Runs * 3,
        random =>
        {
            byte[] input = CallProgram.Input((ulong)((int[])[0, 8, 10, 16, 16, 7])[random.Next(6)]);
            "hello"u8[..random.Next(6)].CopyTo(input.AsSpan(32));
            if (random.Next(3) == 0) input[34]++;
            string number = random.Next(6) switch
            {
                0 => $"{random.NextInt64(long.MinValue, long.MaxValue)}",
                1 => $"  0x{random.NextInt64():x}zz",
                2 => $"0{random.Next(100)}",
                3 => $"-{random.Next()} ",
                4 => $"{ulong.MaxValue - (ulong)random.Next(100)}{random.Next(3)}",
                _ => new string([.. Enumerable.Range(0, 10).Select(_ => "0xX-+ 79af"[random.Next(10)])]),
            };
            for (int i = 0; i < Math.Min(24, number.Length); i++) input[64 + i] = (byte)number[i];
            return (input, new byte[14], []);
        });

    [Theory]
    [InlineData("%d %u %x %lx %llu %ld")]
    [InlineData("%5d|%-5d|%05d|%+d|%X|% i")]
    [InlineData("a %% b %c%c")]
    [InlineData("%12lu.%2x.%-12lx.%08x")]
    public void Texts_are_formatted(string format)
    {
        int values = format.Replace("%%", "", StringComparison.Ordinal).Count(c => c == '%');
        var text = new byte[32];
        System.Text.Encoding.ASCII.GetBytes(format).CopyTo(text, 0);
        CallProgram.Compare(
            BpfProgramType.Xdp,
            CallProgram.Make(code => code.Mov(R1, R8).Add(R1, 8).Mov(R2, 60).LoadMapIndexValue(R3, 2, 0).Mov(R4, R7).Mov(R5, values * 8)
                .Call(Snprintf)),
            [new MapDefinition(".rodata", BpfMapType.Array, 4, 32, 1) { Flags = MapFlags.ReadOnlyForPrograms, Content = text }], Runs / 10,
            random =>
            {
                var numbers = new ulong[8];
                for (int i = 0; i < numbers.Length; i++) numbers[i] = random.Next(2) == 0 ? (ulong)random.NextInt64(long.MinValue,
                    long.MaxValue) : (ulong)random.Next(33, 127);
                return (CallProgram.Input(numbers), new byte[14], []);
            });
    }

    [Fact]
    public void Records_are_those_that_the_ring_has()
    {
        Requires.Root();
        var map = new MapDefinition("ring", BpfMapType.Ringbuf, 0, 0, 4096);
        Instruction[] code = CallProgram.Make(code =>
        {
            Label full = code.DefineLabel(), discard = code.DefineLabel(), closed = code.DefineLabel();
            code.LoadMapIndex(R1, 2).Mov(R2, 24).Mov(R3, 0).Call(RingReserve).JumpIf(Condition.Equal, R0, 0, full)
                .Give(R1, 0).Store(MemorySize.Double, R0, 0, R1).Store(MemorySize.Double, R0, 8, 1).Store(MemorySize.Double, R0, 16, 2)
                .Mov(R1, R0).Mov(R2, 0).Give(R3, 1).JumpIf(Condition.Equal, R3, 0, discard).Call(RingSubmit).Jump(closed)
                .Bind(discard).Call(RingDiscard).Bind(closed)
                .LoadMapIndex(R1, 2).Mov(R2, R7).Mov(R3, 40).Mov(R4, 0).Call(RingOutput).Store(MemorySize.Double, R8, 8, R0)
                .LoadMapIndex(R1, 2).Mov(R2, 3).Call(RingQuery).Store(MemorySize.Double, R8, 16, R0)
                .LoadMapIndex(R1, 2).Mov(R2, 1).Call(RingQuery).Bind(full);
        });
        using var pair = new KernelPair(BpfProgramType.Xdp, code, [.. CallProgram.Own, map]);
        using var ring = new RingBuffer(pair.Maps[2]);
        var random = new Random(1);
        for (int i = 0; i < Runs; i++)
        {
            pair.Set(0, new byte[4], CallProgram.Input((ulong)random.NextInt64(), (ulong)random.Next(2)));
            Assert.Null(pair.Run(new byte[14]));
            Assert.Null(pair.CompareMaps());
            var records = new List<string>();
            ring.Consume(record => records.Add(Convert.ToHexString(record)));
            Assert.Equal(records, pair.Machine.Events.Where(e => e.Kind == MachineEventKind.RingRecord)
                .Select(e => Convert.ToHexString(e.Bytes.Span)));
        }
    }

    [Fact]
    public void Kernel_functions_walk_numbers_and_packets()
    {
        Requires.Root();
        Btf kernel = Btf.LoadKernel();
        var names = new Dictionary<int, string>();
        int Id(string name)
        {
            Assert.True(kernel.TryFind(name, BtfKind.Func, out BtfType type), name);
            names[(int)type.Id] = name;
            return (int)type.Id;
        }

        Instruction[] code = CallProgram.Make(code =>
        {
            Label top = code.DefineLabel(), end = code.DefineLabel(), none = code.DefineLabel();
            code.Mov(R1, R10).Add(R1, -8).Give(R2, 0).Give(R3, 1).CallKfunc(Id("bpf_iter_num_new")).Store(MemorySize.Double, R8, 8, R0)
                .Bind(top).Mov(R1, R10).Add(R1, -8).CallKfunc(Id("bpf_iter_num_next")).JumpIf(Condition.Equal, R0, 0, end)
                .LoadSignExtend(MemorySize.Word, R1, R0).Load(MemorySize.Double, R2, R8, 16).Add(R2, R1).Mul(R2, 3)
                .Store(MemorySize.Double, R8, 16, R2).Jump(top).Bind(end).Mov(R1, R10).Add(R1, -8).CallKfunc(Id("bpf_iter_num_destroy"))
                .Mov(R1, R6).Mov(R2, 0).Mov(R3, R10).Add(R3, -24).CallKfunc(Id("bpf_dynptr_from_xdp"))
                .Mov(R1, R10).Add(R1, -24).CallKfunc(Id("bpf_dynptr_size")).Store(MemorySize.Double, R8, 24, R0)
                .Mov(R1, R10).Add(R1, -24).Give(R2, 2).Give(R3, 3).CallKfunc(Id("bpf_dynptr_adjust")).Store(MemorySize.Double, R8, 32, R0)
                .Mov(R1, R10).Add(R1, -24).Give(R2, 4).Mov(R3, R8).Add(R3, 128).Mov(R4, 8).CallKfunc(Id("bpf_dynptr_slice"))
                .JumpIf(Condition.Equal, R0, 0, none).Load(MemorySize.Double, R0, R0).Bind(none);
        });
        using var pair = new KernelPair(BpfProgramType.Xdp, code, new MachineOptions(), CallProgram.Own, names);
        var random = new Random(1);
        for (int i = 0; i < Runs; i++)
        {
            int start = random.Next(6) switch { 0 => int.MinValue, 1 => int.MaxValue - 12, _ => random.Next(-20, 20) };
            int last = unchecked(start + random.Next(-2, 30));
            pair.Set(0, new byte[4], CallProgram.Input((ulong)start, (ulong)last, (ulong)random.Next(20),
                (ulong)random.Next(60), (ulong)random.Next(50)));
            pair.Set(1, new byte[4], new byte[CallProgram.OutputBytes]);
            string? difference = pair.Run(CallProgram.Packet(random)) ?? pair.CompareMaps();
            if (difference is not null) Assert.Fail($"run {i}: {difference}\n{pair.Listing()}");
        }
    }
}
