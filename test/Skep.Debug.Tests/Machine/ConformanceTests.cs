using Skep.Bpf;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Image;
using Skep.Isa;

namespace Skep.Debug.Tests.Machine;

/// <summary>
/// The machine held to a conformance suite of the instruction set that others wrote: SKEP_BPF_CONFORMANCE names a directory with its
/// *.data files, as the tests of github.com/Alan-Jowett/bpf_conformance and github.com/iovisor/ubpf are. Run by -explicit only.
/// </summary>
public sealed class ConformanceTests
{
    private const long Steps = 10_000_000;

    [Fact(Explicit = true)]
    public void A_suite_of_others_gives_what_it_says()
    {
        string? directory = Environment.GetEnvironmentVariable("SKEP_BPF_CONFORMANCE");
        Assert.False(string.IsNullOrEmpty(directory), "SKEP_BPF_CONFORMANCE names no directory with a conformance suite");
        string[] files = Directory.GetFiles(directory!, "*.data", SearchOption.AllDirectories);
        var wrong = new List<string>();
        int held = 0, left = 0;
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            string text = File.ReadAllText(file);
            (bool isLeft, string? difference) = Hold(text);
            if (isLeft) left++;
            else if (difference is null) held++;
            else wrong.Add($"{Path.GetRelativePath(directory!, file)}: {difference}");
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{held} cases hold, {wrong.Count} differ, {left} are of more than the instruction set");
        Assert.True(held > 0, $"no case in {directory}");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory]
    [InlineData("-- asm\nmov32 %r0, -1\nlddw %r2, 0x100000001\nadd %r0, %r2\nexit\n-- result\n0x200000000\n", true)]
    [InlineData("-- asm\nmov %r0, 1\nexit\n-- result\n2\n", false)]
    [InlineData("-- asm\nldxh %r0, [%r1+1]\nbe16 %r0\nexit\n-- mem\n01 02\n03 04\n-- result\n0x0203\n", true)]
    [InlineData("-- asm\nmov %r0, %r2\nexit\n-- mem\n01 02 03\n-- result\n3\n", true)]
    [InlineData("-- asm\nmov %r1, 5\ncall local half\nja exit\nexit\nhalf:\nmov %r0, %r1\nrsh32 %r0, 1\nexit\n-- result\n2\n", true)]
    [InlineData("-- asm\nstdw [%r10-8], 7\nmov %r1, 5\nlock fetch add [%r10-8], %r1\nldxdw %r0, [%r10-8]\nadd %r0, %r1\nexit\n"
        + "-- result\n19\n", true)]
    [InlineData("-- asm\nmov %r0, 0\nldxb %r0, [%r1+4]\nexit\n-- mem\n01 02 03 04\n-- error\nout of bounds\n", true)]
    [InlineData("-- asm\nmov %r0, 0\nexit\n-- error\nfails\n", false)]
    [InlineData("-- raw\nb7 00 00 00 07 00 00 00\n95 00 00 00 00 00 00 00\n-- result\n7\n", true)]
    [InlineData("-- raw\n0x00000007000000b7\n0x0000000000000095\n-- result\n7\n", true)]
    [InlineData("-- asm\nmov %r12, 0\nexit\n-- error\nno register\n", true)]
    public void Cases_are_read_and_held_to(string text, bool holds)
    {
        (bool isLeft, string? difference) = Hold(text);
        Assert.False(isLeft);
        Assert.True(difference is null == holds, difference);
    }

    // R1 is the memory and R2 its length, as these suites have it; 0 and 0 where there is none.
    private static (bool IsLeft, string? Difference) Hold(string text)
    {
        ConformanceCase one;
        try
        {
            one = ConformanceCase.Read(text);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or IndexOutOfRangeException)
        {
            bool isMeant = text.Contains("-- error", StringComparison.Ordinal);
            return (false, isMeant ? null : $"cannot be read: {exception.Message}");
        }

        if (one.IsOfSuite) return (true, null);
        Instruction[] code = [new Instruction(0xb7, 2, 0, 0, one.Memory.Length), .. one.Code];
        if (one.Memory.Length == 0) code = [new Instruction(0xb7, 1, 0, 0, 0), .. code];
        MachineStatus status;
        ulong result = 0;
        string? fault;
        try
        {
            var machine = new BpfMachine([ProgramImage.Of("conformance", BpfProgramType.Syscall, code)]);
            machine.Start(new MachineInput { Context = one.Memory });
            status = machine.Run(Steps);
            fault = machine.Fault?.ToString();
            if (status == MachineStatus.Finished) result = machine.Register(0);
        }
        catch (InvalidDataException exception)
        {
            (status, fault) = (MachineStatus.Stopped, exception.Message);
        }

        if (one.Result is not { } expected)
            return (false, status != MachineStatus.Finished ? null : $"returns {result:x}, and should fail");
        if (status != MachineStatus.Finished) return (false, $"is {status}: {fault}");
        return (false, result == expected ? null : $"returns {result:x}, and should {expected:x}");
    }
}
