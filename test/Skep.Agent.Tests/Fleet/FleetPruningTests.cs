using System.Text;
using Skep.Agent.Fleet.Check;
using Skep.Agent.Fleet.Control;
using Skep.Agent.Fleet.Etcd;
using Skep.Agent.Fleet.Model;
using Skep.Agent.Fleet.Store;

namespace Skep.Agent.Tests.Fleet;

/// <summary>Old versions are removed from a real etcd.</summary>
public sealed class FleetPruningTests
{
    [Fact]
    public async Task Versions_that_no_group_enforces_go_with_the_contents_that_only_they_have()
    {
        await using var scene = new FleetScene(2);
        await scene.Start();
        var pruning = new FleetPruning(scene.View);
        var versions = new List<PolicyVersion>();
        for (int port = 1; port <= 8; port++) versions.Add(await scene.Store(FleetScene.Rules(port)));
        PolicyVersion third = versions[2];
        await scene.Changes.Set("web", "edge", _ => third.Target, scene.Stop);
        await scene.Changes.Set(
            "test", "edge", _ => new("edge", 0, "") { Wave = new("1", 4, versions[3].Sha256, [], 60, null) }, scene.Stop);
        await scene.Converges(third);

        long[] old = [1, 2, 5, 6];
        PrunedStore would = await pruning.Run(null, 2, dryRun: true, scene.Stop);
        Assert.Equal(old, would.Versions.Select(one => one.Manifest.Version));
        Assert.Equal(8, (await scene.View.Versions("edge", scene.Stop)).Count);
        PrunedStore pruned = await pruning.Run(null, 2, dryRun: false, scene.Stop);
        Assert.Equal(old, pruned.Versions.Select(one => one.Manifest.Version));
        Assert.Equal((4, 4), (would.Contents, pruned.Contents));
        Assert.Equal([3, 4, 7, 8], (await scene.View.Versions("edge", scene.Stop)).Select(one => one.Manifest.Version));
        await HasAllContents(scene);
        PrunedStore again = await pruning.Run(null, 2, dryRun: false, scene.Stop);
        Assert.Equal((0, 0), (again.Versions.Count, again.Contents));

        var gone = await Assert.ThrowsAsync<FleetException>(
            () => scene.Changes.Set("web", "edge", _ => versions[0].Target, scene.Stop));
        Assert.Contains("there is no /skep/v1/policies/edge/1 any more", gone.Message, StringComparison.Ordinal);
        await scene.Changes.Set("web", "edge", _ => versions[7].Target, scene.Stop);
        await scene.Converges(versions[7]);

        // A content that was removed is stored again, and numbers go on.
        PolicyVersion ninth = await scene.Push(FleetScene.Rules(1));
        Assert.Equal(9, ninth.Manifest.Version);
        await scene.Converges(ninth);
    }

    [Fact]
    public async Task What_is_pushed_meanwhile_has_all_its_contents()
    {
        await using var scene = new FleetScene(0);
        await scene.Start();
        const int Pushes = 40;
        using var done = new CancellationTokenSource();
        Task<int> prunes = Task.Run(async () =>
        {
            using EtcdClient client = scene.Client();
            int removed = 0;
            while (!done.IsCancellationRequested)
            {
                try
                {
                    removed += (await new FleetPruning(new FleetView(client)).Run(null, 1, dryRun: false, scene.Stop)).Contents;
                }
                catch (FleetException e) when (e.Message.Contains("all the time", StringComparison.Ordinal))
                {
                }
            }

            return removed;
        }, scene.Stop);
        using EtcdClient second = scene.Client();
        var changes = new FleetChanges(new FleetView(second), null, _ => { });
        for (int i = 0; i < Pushes; i++)
        {
            // The same contents come and go in two policies.
            var rules = CheckedPolicy.Read([FleetScene.Rules(1 + i % 3), new("feed.txt", Encoding.UTF8.GetBytes($"10.0.0.{i % 2}\n"))]);
            PolicyVersion[] stored = await Task.WhenAll(
                scene.Changes.Store("edge", rules, "test", scene.Stop), changes.Store("core", rules, "test", scene.Stop));
            Assert.All(stored, one => Assert.NotEmpty(one.Manifest.Files));
            await HasAllContents(scene);
        }

        await done.CancelAsync();
        Assert.InRange(await prunes, 1, int.MaxValue);
        await HasAllContents(scene);
    }

    // A version may be removed between two looks; its contents are not missed then.
    private static async Task HasAllContents(FleetScene scene)
    {
        using EtcdClient client = scene.Client();
        foreach (PolicyVersion version in await scene.View.Versions(null, scene.Stop))
        {
            foreach (string one in version.Manifest.Objects)
            {
                if (await client.Get(FleetNames.Chunk(one), scene.Stop) is not null) continue;
                string key = FleetNames.Policy(version.Manifest.Name, version.Manifest.Version);
                Assert.True(await client.Get(key, scene.Stop) is null, $"{key} has no content {one}");
            }
        }
    }
}
