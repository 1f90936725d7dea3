using System.CommandLine;
using System.Text.Json;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Inventory.Listing;
using Skep.Inventory.Machine;
using Skep.Inventory.Objects;
using Skep.Output;

namespace Skep.Cli.Listing;

/// <summary><c>list</c> and <c>show</c> of a kind of object.</summary>
/// <typeparam name="T">An open object.</typeparam>
/// <typeparam name="TEntry">What is read of it.</typeparam>
/// <param name="objects">The objects, as selectors find them.</param>
/// <param name="all">Walks over all.</param>
/// <param name="read">Reads one.</param>
internal sealed class ListCommand<T, TEntry>(
    SelectableObjects<T> objects, Func<MachineSnapshot, IEnumerable<Listed<TEntry>>> all, Func<T, MachineSnapshot, TEntry> read)
    where T : BpfHandle
    where TEntry : class
{
    /// <summary>Whether the writer prints where programs are attached.</summary>
    public bool Attachments { get; init; }

    /// <summary>Writes what was read.</summary>
    public required Func<Surroundings, IInventoryWriter<TEntry>> Writer { get; init; }

    /// <param name="argument">The name of its argument in help.</param>
    /// <param name="description">What the command shows.</param>
    /// <param name="help">What its help shows besides.</param>
    public Command Create(string argument, string description, CommandHelp help)
    {
        var words = new Argument<string[]>(argument)
        {
            Description = $"The {objects.Kind.Noun} to show: {objects.Kind.Usage}. All, if none is given.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var bpffs = new Option<bool>("--bpffs", "-f") { Description = "Accepted as bpftool's; pins are always shown.", Hidden = true };
        var list = new SkepCommand("list", description, help) { words, bpffs };
        list.Aliases.Add("show");
        list.Prints((parsed, form) => Run(parsed.GetValue(words) ?? [], form));
        return list;
    }

    private int Run(string[] words, OutputForm form)
    {
        ObjectSelector? selector = null;
        if (words.Length > 0)
        {
            if (!ObjectSelector.TryParse(words, objects.Kind, out ObjectSelector given, out string? mistake))
                return Message.Error(mistake!, ExitCode.Usage);
            selector = given;
        }

        IEnumerable<Listed<TEntry>> chosen = [];
        var machine = new MachineSnapshot();
        Surroundings around =
            Surroundings.Begin(machine, Attachments, () => chosen = selector is { } one ? Read(one, machine) : all(machine));
        List<Listed<TEntry>> items = [.. chosen];
        around.Complete();
        if (around.Owners.Reason is { } reason) Message.Print($"the processes that hold objects are not shown: {reason}");
        bool isSingle = selector is { Key: SelectorKey.Id or SelectorKey.Pinned } || (selector is not null && items.Count == 1);
        IInventoryWriter<TEntry> writer = Writer(around);
        StandardOutput.Write(
            form,
            json => ListedWriter.WriteJson(json, items, writer, isSingle),
            text => ListedWriter.WriteText(text, items, writer));
        return ExitCode.Done;
    }

    private List<Listed<TEntry>> Read(ObjectSelector selector, MachineSnapshot machine)
    {
        var items = new List<Listed<TEntry>>();
        foreach (T item in objects.Open(selector))
            using (item) items.Add(new Listed<TEntry>(selector.Id, read(item, machine), null));
        return items;
    }
}
