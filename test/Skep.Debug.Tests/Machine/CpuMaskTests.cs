using Skep.Bpf;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.Objects;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Tests.Machine;

/// <summary>Masks of CPUs, of more CPUs than the machine of the test has.</summary>
public sealed class CpuMaskTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(200)]
    public void Each_CPU_of_a_mask_is_found_and_no_other(int cpus)
    {
        BpfMachine machine = Create("walk", cpus);
        machine.Start(new MachineInput { Context = new byte[16] });
        Assert.True(machine.Run() == MachineStatus.Finished, machine.Fault?.ToString());
        Assert.Equal((uint)cpus, machine.ReturnValue);
    }

    [Fact]
    public void One_of_the_CPUs_of_a_mask_is_chosen_by_the_seed()
    {
        var chosen = new HashSet<uint>();
        for (ulong seed = 1; seed < 60; seed++)
        {
            BpfMachine machine = Create("choose", 100, seed);
            machine.Start(new MachineInput { Context = new byte[16] });
            Assert.True(machine.Run() == MachineStatus.Finished, machine.Fault?.ToString());
            chosen.Add(machine.ReturnValue);
        }

        Assert.Equal([3u, 64u, 99u], chosen.Order());
    }

    [Fact]
    public void A_mask_that_is_not_released_is_found()
    {
        BpfMachine machine = Create("leak", 4);
        machine.Start(new MachineInput { Context = new byte[16] });
        Assert.Equal(MachineStatus.Stopped, machine.Run());
        Assert.Equal(FaultKind.Unreleased, machine.Fault!.Kind);
    }

    [Fact]
    public void A_mask_is_not_used_after_its_release()
    {
        BpfMachine machine = Create("stale", 4);
        machine.Start(new MachineInput { Context = new byte[16] });
        Assert.Equal(MachineStatus.Stopped, machine.Run());
        Assert.Equal(FaultKind.InvalidArgument, machine.Fault!.Kind);
        Assert.EndsWith(
            "is no mask of CPUs that the program made, or it is not there any more", machine.Fault.Reason, StringComparison.Ordinal);
    }

    private static BpfMachine Create(string program, int cpus, ulong seed = 1) => ObjectMachine.Create(
        BpfSource.Object("Machine/Programs/walk.bpf.c"), program, new MachineOptions { CpuIds = cpus, Seed = seed });
}
