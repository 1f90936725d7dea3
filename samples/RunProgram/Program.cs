// Assembles an XDP program, has the kernel verify it, and runs it on a packet: RunProgram [PATH]
// With PATH, a file that does not exist in a bpffs, the program is pinned there for `bpftool prog run pinned PATH`. Needs root.
using Skep.Bpf;
using Skep.Isa;

// Returns the EtherType of a packet; 0 where the packet is too short to have one.
static Instruction[] EtherType(bool check)
{
    var code = new Assembler();
    Label tooShort = code.DefineLabel("too_short");
    code.Load(MemorySize.Word, Register.R2, Register.R1, 0)         // xdp_md.data
        .Load(MemorySize.Word, Register.R3, Register.R1, 4)         // xdp_md.data_end
        .Mov(Register.R0, 0)
        .Mov(Register.R4, Register.R2)
        .Add(Register.R4, 14);
    if (check) code.JumpIf(Condition.Greater, Register.R4, Register.R3, tooShort);
    return code.Load(MemorySize.Half, Register.R0, Register.R2, 12)
        .ToBigEndian(Register.R0, 16)
        .Bind(tooShort)
        .Exit()
        .Build();
}

// The verifier refuses a program that reads a packet without a check of its length.
try
{
    using BpfProgram refused = BpfProgram.Load(BpfProgramType.Xdp, EtherType(check: false));
}
catch (BpfLoadException refusal)
{
    Console.WriteLine($"without a check:\n{refusal.Summary}");
}

Instruction[] instructions = EtherType(check: true);
var text = new TextOutput();
new Disassembler().WriteListing(instructions, text);
Console.Write(text.Written.ToString());

using BpfProgram program = BpfProgram.Load(BpfProgramType.Xdp, instructions, new ProgramLoadOptions { Name = "ether_type" });
if (args.Length == 1) program.Pin(args[0]);

byte[] packet = new byte[64];
packet[12] = 0x86;
packet[13] = 0xdd; // IPv6
BpfRunResult result = program.Run(new BpfRun { Data = packet, Repeat = 1000 });
Console.WriteLine($"program {program.GetInfo().Id} returns {result.ReturnValue}, {result.DurationNs} ns on average");
