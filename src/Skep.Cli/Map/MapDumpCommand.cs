using System.CommandLine;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Inventory.Objects;
using Skep.Maps.Dump;
using Skep.Output;

namespace Skep.Cli.Map;

/// <summary><c>skep map dump</c>, <c>lookup</c> and <c>peek</c>.</summary>
internal static class MapDumpCommand
{
    public static Command CreateDump()
    {
        SelectableObjects<BpfMap> objects = SelectableObjects.Maps();
        Argument<string[]> words = ObjectArgument.Of("MAP", objects.Kind);
        var dump = new SkepCommand("dump", "Prints all entries of a map: by their types where it has them, else as bytes.", new(
            "docs/map.md",
            new("skep map dump id 5", "the entries of one map"),
            new("skep map dump name my_map -j", "of all maps of this name, as JSON with bpftool's keys"))) { words };
        dump.Prints((parsed, form) =>
        {
            if (!ObjectSelector.TryParse(parsed.GetValue(words)!, objects.Kind, out ObjectSelector selector, out string? mistake))
                return Message.Error(mistake!, ExitCode.Usage);
            List<BpfMap> maps = [.. objects.Open(selector)];
            try
            {
                return Dump(maps, form);
            }
            finally
            {
                maps.ForEach(map => map.Dispose());
            }
        });
        return dump;
    }

    public static Command CreateLookup()
    {
        SelectableObjects<BpfMap> objects = SelectableObjects.Maps();
        var words = new Argument<string[]>("MAP key DATA")
        {
            Description = $"{objects.Kind.Usage}, then key and its bytes (key 0x0a 0 0 0, or key hex 0a 00 00 00); "
                + "a queue or a stack has no key.",
            Arity = ArgumentArity.OneOrMore,
        };
        var lookup = new SkepCommand(
            "lookup", "Prints the value of a key; of a queue or a stack, the one that is next, which stays there.", new(
            "docs/map.md",
            new("skep map lookup id 5 key 10 0 0 0", "the value of a key"),
            new("skep map lookup name my_map key hex 0a 00 00 00 -j", "the same, as JSON"),
            new("skep map peek id 9", "the next element of a queue"))
            { Failed = "failed, or there is no such key" }) { words };
        lookup.Aliases.Add("peek");
        lookup.Prints((parsed, form) =>
        {
            MapKey key = MapKey.Split(parsed.GetValue(words)!);
            using BpfMap? map = ObjectArgument.OpenOne(objects, key.Map, out string? mistake);
            byte[]? bytes = null;
            if (map is null || !key.TryRead(map.Info.KeySize, out bytes, out mistake)) return Message.Error(mistake!, ExitCode.Usage);
            bool found = false;
            StandardOutput.Write(output => found = new MapDump(new KernelTypes(), output, form).WriteOne(map, bytes ?? []));
            return found ? ExitCode.Done : ExitCode.Failed;
        });
        return lookup;
    }

    private static int Dump(List<BpfMap> maps, OutputForm form)
    {
        if (maps.Find(map => map.Info.KeySize == 0) is { } keyless)
        {
            if (form != OutputForm.Text) StandardOutput.WriteJson(OutputForm.Json, static output => output.WriteRawValue("[]"));
            return Message.Error(MapDump.Keyless("dump", keyless.Info), ExitCode.NotPermitted);
        }

        StandardOutput.Write(output => new MapDump(new KernelTypes(), output, form).Write(maps));
        return ExitCode.Done;
    }
}
