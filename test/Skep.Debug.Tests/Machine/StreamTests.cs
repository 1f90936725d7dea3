using System.Text;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Objects;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Tests.Machine;

/// <summary>Text that a program prints to its streams.</summary>
public sealed class StreamTests
{
    private const int NoSuchStream = -2, Invalid = -22;

    // The stream, three numbers, a byte of the third, and which format: see streams.bpf.c.
    [Theory]
    [InlineData("1 4 2 1 7 5", 0, "stdout", "0 of 2: 10000000007 name\n")]
    [InlineData("2 3 2 0 9 7", 0, "stderr", "-1 of 2: 9 name\n")]
    [InlineData("1 0 0 0 0 0", 0, "stdout", "no value")]
    [InlineData("2 9 11 0 0 2", 0, "stderr", "100%     5|b    |\n")]
    [InlineData("0 4 2 1 7 5", NoSuchStream, null, null)]
    [InlineData("3 4 2 1 7 5", NoSuchStream, null, null)]
    [InlineData("1 4 2 1 7 1", Invalid, null, null)]
    [InlineData("1 4 2 1 7 3", Invalid, null, null)]
    [InlineData("1 4 2 1 7 4", Invalid, null, null)]
    public void Text_is_that_of_the_format(string steps, int result, string? stream, string? text)
    {
        BpfMachine machine = ObjectMachine.Create(BpfSource.Object("Machine/Programs/streams.bpf.c"), "print");
        machine.Start(new MachineInput { Packet = OwnedKernelTests.Packet([.. steps.Split(' ').Select(byte.Parse)]) });
        Assert.True(machine.Run() == MachineStatus.Finished, machine.Fault?.ToString());
        Assert.Equal(result, (int)machine.ReturnValue);
        MachineEvent? sent = machine.Events.SingleOrDefault();
        Assert.Equal((stream, text), (sent?.Target, sent is null ? null : Encoding.UTF8.GetString(sent.Bytes.Span)));
        if (sent is not null) Assert.Equal(MachineEventKind.Stream, sent.Kind);
    }
}
