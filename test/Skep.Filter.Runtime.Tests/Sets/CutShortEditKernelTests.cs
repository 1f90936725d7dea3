using System.Globalization;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Runtime.Sets;
using Skep.Filter.Runtime.Tables;
using Skep.Filter.Runtime.Tests.Fixtures;
using Skep.Filter.Update;
using Skep.Packets.Building;

namespace Skep.Filter.Runtime.Tests.Sets;

/// <summary>A command that was killed while it edited a set of an applied table.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class CutShortEditKernelTests : IDisposable
{
    private readonly VethPair _pair = new();
    private readonly string _name = $"cut-{Environment.ProcessId}-{Guid.NewGuid():n}";

    public void Dispose()
    {
        AppliedTable.Remove(_name);
        _pair.Dispose();
    }

    [Theory]
    [InlineData("type ipv4_addr", "10.9.9.9", "udp 10.9.9.9:1 > 10.0.0.2:53")]
    [InlineData("type ipv4_addr; flags timeout", "10.9.9.9", "udp 10.9.9.9:1 > 10.0.0.2:53")]
    [InlineData("type ipv4_addr; flags interval", "10.9.9.9", "udp 10.9.9.9:1 > 10.0.0.2:53")]
    [InlineData("type ipv4_addr; flags interval, timeout", "10.9.9.9", "udp 10.9.9.9:1 > 10.0.0.2:53")]
    [InlineData("type ipv4_addr . inet_service", "10.9.9.9 . 53", "udp 10.9.9.9:1 > 10.0.0.2:53")]
    public void The_element_is_in_the_set_or_not_and_the_next_change_goes_on(string head, string element, string packet)
    {
        var joined = head.Contains('.', StringComparison.Ordinal);
        var rest = joined ? " . 53" : "";
        var elements = string.Join(
            ", ", Enumerable.Range(0, 250).Select(i => string.Create(CultureInfo.InvariantCulture, $"10.0.{i}.1{rest}")));
        Apply($"set s {{ {head}; elements = {{ {elements} }} }}\n{(joined ? "ip saddr . udp dport" : "ip saddr")} @s drop");
        using var set = LiveSet.Open(_name, "s");
        using var program = BpfProgram.OpenById(AppliedTable.Read(_name)!.Devices[0].ProgramId);
        foreach (var isAdded in (ReadOnlySpan<bool>)[true, false])
        {
            for (var (done, all) = (1, 2); done < all; done++)
            {
                if (set.List().Any(e => e.Text == element) == isAdded)
                {
                    if (isAdded) set.Delete(set.Parse([element]).Elements!);
                    else set.Add(set.Parse([element]).Elements!, null);
                }
                all = Begin(isAdded, set.Parse([element]).Elements!, done);
                var list = set.List().Select(e => e.Text).ToList();
                Assert.Equal(250, list.Count(e => e != element));
                Assert.Equal(IsDropped(program, packet), list.Contains(element));
                Assert.Equal(list.Count, AppliedTable.Read(_name)!.Sets[0].Elements);

                // Another image takes the place of the one that was left.
                set.Add(set.Parse([joined ? "10.8.8.8 . 53" : "10.8.8.8"]).Elements!, null);
                set.Delete(set.Parse([joined ? "10.8.8.8 . 53" : "10.8.8.8"]).Elements!);
                Assert.Equal(list, set.List().Select(e => e.Text));
                Assert.Equal(list.Count, AppliedTable.Read(_name)!.Sets[0].Elements);
            }
        }
    }

    [Fact]
    public void A_set_of_several_matches_takes_another_image()
    {
        Apply("set s { type ipv4_addr; elements = { 10.0.0.1, 10.0.0.2 } }\nip saddr @s tcp dport 80 drop\nip saddr @s udp dport 53 drop");
        var before = ImageId();
        using var set = LiveSet.Open(_name, "s");
        set.Add(set.Parse(["10.0.0.3"]).Elements!, null);
        Assert.NotEqual(before, ImageId());
        Apply("set s { type ipv4_addr; elements = { 10.0.0.1, 10.0.0.2 } }\nip saddr @s udp dport 53 drop");
        before = ImageId();
        using var again = LiveSet.Open(_name, "s");
        again.Add(set.Parse(["10.0.0.3"]).Elements!, null);
        Assert.Equal(before, ImageId());
        Assert.Equal(["10.0.0.1", "10.0.0.2", "10.0.0.3"], again.List().Select(e => e.Text));
    }

    private uint ImageId()
    {
        using var copy = SetCopy.OpenActing(_name, "s");
        using var image = copy.OpenImage();
        return image.Info.Id;
    }

    /// <summary>Makes the first stores of an edit.</summary>
    /// <returns>How many it has.</returns>
    private int Begin(bool isAdded, ElementList element, int count)
    {
        using var copy = SetCopy.OpenActing(_name, "s");
        using var image = copy.OpenImage();
        using var memory = ImageMemory.Open(image);
        var edit = new SetImageEdit(copy.Layout, memory);
        var now = LoadedFilter.Now;
        var stores = isAdded ? edit.PlanAdd(element[0], SetRows.Forever, now, 0)! : edit.PlanDelete(element[0], now)!;
        SetImageEdit.Perform(memory, [.. stores.Take(count)]);
        return stores.Count;
    }

    private static bool IsDropped(BpfProgram program, string packet)
    {
        Assert.True(PacketText.TryParse(packet, out var spec, out _));
        return program.Run(new BpfRun { Data = PacketBuilder.Build(spec) }).ReturnValue == 1;
    }

    private void Apply(string rules) => FilterApplier.Apply(
        Rules.Table(rules) with { Name = _name }, new([VethPair.Device], _pair.Name, Replace: false), _ => { });
}
