using System.Text;
using Skep.Bpf;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Objects;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Tests.Machine;

/// <summary>What a program prints to its streams is what the kernel's streams have.</summary>
[Trait("level", "kernel")]
public sealed class StreamKernelTests
{
    private const int Runs = 200;

    // The kernel cannot wait for memory there.
    private const uint NoMemory = unchecked((uint)-12);

    [Fact]
    public void Text_of_streams_is_that_of_the_kernel()
    {
        Requires.Root();
        new KfuncNames().Id("bpf_stream_vprintk_impl");
        byte[] file = BpfSource.Object("Machine/Programs/streams.bpf.c");
        using BpfObject loaded = BpfObject.Open(file, "streams");
        loaded.Load();
        using BpfProgram kernel = loaded.Program("print").Open();
        BpfMachine machine = ObjectMachine.Create(file, "print");
        var random = new Random(1);
        int printed = 0;
        for (int i = 0; i < Runs; i++)
        {
            byte[] packet = OwnedKernelTests.Packet([.. Enumerable.Range(0, 6).Select(_ => (byte)random.Next(8))]);
            packet[14] &= 3;
            uint expected = kernel.Run(new BpfRun { Data = packet }).ReturnValue;
            machine.Start(new MachineInput { Packet = packet });
            Assert.True(machine.Run() == MachineStatus.Finished, machine.Fault?.ToString());
            bool hasMemory = expected != NoMemory;
            if (hasMemory) Assert.Equal(expected, machine.ReturnValue);
            foreach ((BpfStream stream, string name) in (ReadOnlySpan<(BpfStream, string)>)
                [(BpfStream.Output, "stdout"), (BpfStream.Error, "stderr")])
            {
                var text = new byte[1024];
                int length = kernel.ReadStream(stream, text) ?? 0;
                string own = string.Concat(machine.Events.Where(sent => sent.Kind == MachineEventKind.Stream && sent.Target == name)
                    .Select(sent => Encoding.UTF8.GetString(sent.Bytes.Span)));
                if (hasMemory) Assert.Equal(Encoding.UTF8.GetString(text, 0, length), own);
                printed += length;
            }
        }

        Assert.SkipUnless(printed > 0, "the machine cannot: its kernel has no memory for streams");
    }
}
