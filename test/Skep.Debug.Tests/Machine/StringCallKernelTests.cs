using Skep.Bpf;
using Skep.Debug.Machine.State;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Debug.Tests.Machine;

/// <summary>The kernel functions for strings find in the machine what they find in the kernel.</summary>
[Trait("level", "kernel")]
public sealed class StringCallKernelTests
{
    private const int Runs = 3000, First = 32, Second = 80, Room = 24;

    [Theory]
    [InlineData("bpf_strcmp", "ss")]
    [InlineData("bpf_strcasecmp", "ss")]
    [InlineData("bpf_strncasecmp", "ssn")]
    [InlineData("bpf_strcasestr", "ss")]
    [InlineData("bpf_strncasestr", "ssn")]
    [InlineData("bpf_strspn", "ss")]
    [InlineData("bpf_strcspn", "ss")]
    [InlineData("bpf_strstr", "ss")]
    [InlineData("bpf_strnstr", "ssn")]
    [InlineData("bpf_strlen", "s")]
    [InlineData("bpf_strnlen", "sn")]
    [InlineData("bpf_strchr", "sc")]
    [InlineData("bpf_strchrnul", "sc")]
    [InlineData("bpf_strrchr", "sc")]
    [InlineData("bpf_strnchr", "snc")]
    public void Strings_are_searched(string call, string arguments)
    {
        Requires.Root();
        var kfuncs = new KfuncNames();
        Instruction[] code = CallProgram.Make(code =>
        {
            for (int i = 0; i < arguments.Length; i++)
            {
                var register = (Register)((int)R1 + i);
                if (arguments[i] == 's') code.Mov(register, R7).Add(register, i == 0 ? First : Second);
                else code.Give(register, arguments[i] == 'n' ? 0 : 1);
            }

            code.CallKfunc(kfuncs.Id(call));
        });
        using var pair = new KernelPair(BpfProgramType.SchedCls, code, new MachineOptions(), CallProgram.Own, kfuncs.Names);
        var random = new Random(1);
        for (int i = 0; i < Runs; i++)
        {
            byte[] input = CallProgram.Input((ulong)random.Next(12), random.Next(8) == 0 ? 0x161UL : (ulong)Letter(random));
            byte[] text = Text(random, 12);
            text.CopyTo(input, First);

            // Parts of the first are found more often than others.
            byte[] other = random.Next(3) == 0 ? text[random.Next(text.Length + 1)..] : Text(random, 4);
            if (random.Next(4) == 0) other = other[..random.Next(other.Length + 1)];
            other.CopyTo(input, Second);
            pair.Set(0, new byte[4], input);
            pair.Set(1, new byte[4], new byte[CallProgram.OutputBytes]);
            string? difference = pair.Run(new byte[14]) ?? pair.CompareMaps();
            if (difference is not null) Assert.Fail($"run {i}: {difference}\ninput {Convert.ToHexString(input)}\n{pair.Listing()}");
        }
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(4096UL)]
    [InlineData(0x7fff_ffff_0000UL)]
    public void Addresses_of_processes_are_refused(ulong address)
    {
        Requires.Root();
        var kfuncs = new KfuncNames();
        Instruction[] code = CallProgram.Make(code => code.Load(MemorySize.Double, R1, R7, 0).CallKfunc(kfuncs.Id("bpf_strlen")));
        using var pair = new KernelPair(BpfProgramType.SchedCls, code, new MachineOptions(), CallProgram.Own, kfuncs.Names);
        pair.Set(0, new byte[4], CallProgram.Input(address));
        pair.Set(1, new byte[4], new byte[CallProgram.OutputBytes]);
        Assert.Null(pair.Run(new byte[14]) ?? pair.CompareMaps());
    }

    private static byte Letter(Random random) => (byte)"aAbB\0éÉ×"[random.Next(8)];

    private static byte[] Text(Random random, int most) =>
        [.. Enumerable.Range(0, random.Next(Math.Min(most, Room))).Select(_ => Letter(random)).TakeWhile(letter => letter != 0)];
}
