using Skep.Bpf;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Image;
using Skep.Isa;

namespace Skep.Debug.Tests.Machine;

/// <summary>Whatever the instructions are, a machine runs or stops; it does not fail.</summary>
public sealed class HostileProgramTests
{
    private const int Programs = 4000, Steps = 3000;

    private static readonly MapDefinition[] Maps =
    [
        .. RandomProgram.Maps, new("ring", BpfMapType.Ringbuf, 0, 0, 4096), new("trie", BpfMapType.LpmTrie, 8, 8, 8),
        new("queue", BpfMapType.Queue, 0, 8, 4), new("programs", BpfMapType.ProgArray, 4, 4, 4), new("bloom", BpfMapType.BloomFilter, 0,
            4, 8),
        new("lru", BpfMapType.LruHash, 4, 8, 4), new("devices", BpfMapType.Devmap, 4, 4, 4), new("maps", BpfMapType.ArrayOfMaps, 4, 4, 4),
        new("arena", BpfMapType.Arena, 0, 0, 2), new("outputs", BpfMapType.PerfEventArray, 4, 4, 0),
    ];

    // All helpers that the machine has, by number.
    private static readonly int[] Helpers =
        [.. Debug.Machine.Calls.CallTable.Names.Select(name => HelperNames.TryGetId(name, out int id) ? id : 0).Where(id => id != 0)];

    [Theory]
    [InlineData(BpfProgramType.Xdp)]
    [InlineData(BpfProgramType.SchedCls)]
    [InlineData(BpfProgramType.Syscall)]
    public void Changed_programs_run_or_stop(BpfProgramType type)
    {
        var random = new Random((int)type);
        int finished = 0, stopped = 0;
        for (int i = 0; i < Programs; i++)
        {
            Instruction[] code = i % 2 == 0 ? Noise(random) : Changed(RandomProgram.Make(random, type), random);
            var machine = new BpfMachine([ProgramImage.Of("hostile", type, code, Maps)]);
            machine.Start(new MachineInput { Packet = new byte[80], Context = type == BpfProgramType.Syscall ? new byte[64] : default });
            MachineStatus status = machine.Run(Steps);
            if (status == MachineStatus.Finished) finished++;
            else if (status == MachineStatus.Stopped) stopped++;
            if (status == MachineStatus.Stopped) Assert.InRange(machine.Fault!.Slot, 0, code.Length);
            _ = machine.Frames;
            for (int register = 0; register <= 10; register++) machine.Describe(machine.Register(register));
            _ = machine.Checkpoint();
        }

        Assert.True(finished > Programs / 20 && stopped > Programs / 4, $"{finished} finished, {stopped} stopped");
    }

    private static Instruction[] Changed(Instruction[] code, Random random)
    {
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            int at = random.Next(code.Length);
            code[at] = random.Next(4) switch
            {
                0 => new Instruction(code[at].Raw ^ (1UL << random.Next(64))),
                1 => Call(random),
                2 => code[random.Next(code.Length)],
                _ => new Instruction(code[at].Code, random.Next(12), random.Next(12), code[at].Off, code[at].Imm),
            };
        }

        return code;
    }

    // Calls with maps, the stack, the context and numbers as arguments.
    private static Instruction[] Noise(Random random)
    {
        var code = new Assembler();
        code.Mov(Register.R6, Register.R1).Mov(Register.R0, 0);
        for (int at = -512; at < 0; at += 8) code.Store(MemorySize.Double, Register.R10, (short)at, random.Next(100));
        for (int i = random.Next(2, 20); i > 0; i--)
        {
            int helper = Helpers[random.Next(Helpers.Length)];
            string roles = Analysis.Analyze.HelperTable.Of(HelperNames.Of(helper))!.Roles;
            for (int argument = 0; argument < 5; argument++)
                Give(code, (Register)(argument + 1), argument < roles.Length ? roles[argument] : '-', random);
            code.Call(helper);
        }

        return code.Mov(Register.R0, 0).Exit().Build();
    }

    private static void Give(Assembler code, Register register, char role, Random random)
    {
        int kind = random.Next(5) == 0 ? random.Next(5) : role switch { 'm' => 0, 'c' => 1, 'n' or 's' => 2, _ => 3 };
        _ = kind switch
        {
            0 => code.LoadMapIndex(register, random.Next(Maps.Length)),
            1 => code.Mov(register, Register.R6),
            2 => code.Mov(register, random.Next(4) == 0 ? random.Next(-3, 3) : random.Next(70)),
            3 => code.Mov(register, Register.R10).Add(register, -8 * random.Next(1, 65)),
            _ => code.Mov(register, Register.R0),
        };
    }

    private static Instruction Call(Random random) => new(0x85, 0, 0, 0, Helpers[random.Next(Helpers.Length)]);
}
