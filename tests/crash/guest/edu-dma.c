/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * edu-dma MODE DEVICE [messages]: lets QEMU's edu device write one page of this process's memory, and prints its addresses:
 * "bar=ADDRESS iova=ADDRESS pa=ADDRESS". The lab then drives the device from outside, also long after the crash.
 * MODE identity: the device has no driver and bus address equals physical address (iommu=pt).
 * MODE translated: the page is mapped through the IOMMU with VFIO.
 * With "messages" as third argument (MODE identity) its interrupts are messages, to a vector that nobody handles.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096UL
#define IOVA 0x40000000UL	/* inside every IOMMU's aperture, outside of RAM's own first gigabyte */
#define PCI_COMMAND 4
#define PCI_COMMAND_MEMORY_MASTER 6
#define PCI_CAPABILITIES 0x34
#define MSI 5			/* PCI Local Bus Specification 3.0, 6.8.1: control at 2, address at 4, data at 12 */
#define MSI_ENABLE 1
#define MSI_ADDRESS 0xfee00000u	/* the first CPU */
#define MSI_VECTOR 0xd7

static const char *device;

static void die(const char *what)
{
	printf("failed: %s: %s\n", what, strerror(errno));
	fflush(stdout);
	exit(1);
}

static int open_sysfs(const char *file, int flags)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", device, file);
	fd = open(path, flags);
	if (fd < 0)
		die(path);
	return fd;
}

static void write_text(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		die(text);
	close(fd);
}

static uint64_t bar_address(void)
{
	char line[128] = "";
	int fd = open_sysfs("resource", O_RDONLY);

	if (read(fd, line, sizeof(line) - 1) < 0)
		die("resource");
	close(fd);
	return strtoull(line, NULL, 16);
}

/* Physical address of a mapped, locked page, from /proc/self/pagemap. */
static uint64_t physical(const void *page)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	if (fd < 0 || pread(fd, &entry, sizeof(entry), (off_t)((uintptr_t)page / PAGE * sizeof(entry))) != sizeof(entry))
		die("pagemap");
	close(fd);
	return (entry & ((1ULL << 55) - 1)) * PAGE;
}

static void enable_by_sysfs(void)
{
	uint16_t command = PCI_COMMAND_MEMORY_MASTER;
	int fd;

	write_text(open_sysfs("enable", O_WRONLY), "1");
	fd = open_sysfs("config", O_RDWR);
	if (pwrite(fd, &command, sizeof(command), PCI_COMMAND) != sizeof(command))
		die("command register");
	close(fd);
}

static void enable_messages(void)
{
	static const uint8_t message[10] = { MSI_ADDRESS & 0xff, MSI_ADDRESS >> 8 & 0xff, MSI_ADDRESS >> 16 & 0xff,
					     MSI_ADDRESS >> 24, 0, 0, 0, 0, MSI_VECTOR, 0 };
	uint8_t config[256], at, control;
	int fd = open_sysfs("config", O_RDWR);

	if (pread(fd, config, sizeof(config), 0) != sizeof(config))
		die("config");
	for (at = config[PCI_CAPABILITIES]; at && config[at] != MSI;)
		at = config[at + 1];
	control = config[at + 2] | MSI_ENABLE;
	if (!at || pwrite(fd, message, sizeof(message), at + 4) != sizeof(message) ||
	    pwrite(fd, &control, sizeof(control), at + 2) != sizeof(control))
		die("MSI");
	close(fd);
}

static int open_group(void)
{
	char link[256] = "", path[64];
	char name[256];
	ssize_t length;
	int fd;

	snprintf(name, sizeof(name), "/sys/bus/pci/devices/%s/iommu_group", device);
	length = readlink(name, link, sizeof(link) - 1);
	if (length < 0)
		die("iommu_group");
	snprintf(path, sizeof(path), "/dev/vfio/%s", strrchr(link, '/') + 1);
	for (int tries = 0; tries < 50; tries++) {
		fd = open(path, O_RDWR);
		if (fd >= 0)
			return fd;
		usleep(100000);
	}
	die(path);
	return -1;
}

static void enable_by_vfio(void *page)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)page, .iova = IOVA, .size = PAGE,
	};
	struct vfio_region_info region = { .argsz = sizeof(region), .index = VFIO_PCI_CONFIG_REGION_INDEX };
	uint16_t command = PCI_COMMAND_MEMORY_MASTER;
	int group, container, fd;

	write_text(open_sysfs("driver_override", O_WRONLY), "vfio-pci");
	fd = open("/sys/bus/pci/drivers_probe", O_WRONLY);
	if (fd < 0)
		die("drivers_probe");
	write_text(fd, device);
	group = open_group();
	container = open("/dev/vfio/vfio", O_RDWR);
	if (container < 0)
		die("/dev/vfio/vfio");
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container))
		die("VFIO_GROUP_SET_CONTAINER");
	if (ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU))
		die("VFIO_SET_IOMMU");
	if (ioctl(container, VFIO_IOMMU_MAP_DMA, &map))
		die("VFIO_IOMMU_MAP_DMA");
	fd = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, device);
	if (fd < 0)
		die("VFIO_GROUP_GET_DEVICE_FD");
	if (ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &region))
		die("VFIO_DEVICE_GET_REGION_INFO");
	if (pwrite(fd, &command, sizeof(command), (off_t)region.offset + PCI_COMMAND) != sizeof(command))
		die("command register");
}

int main(int argc, char **argv)
{
	void *page;
	uint64_t iova;

	if (argc < 3 || (strcmp(argv[1], "identity") && strcmp(argv[1], "translated"))) {
		fprintf(stderr, "usage: edu-dma identity|translated DEVICE [messages]\n");
		return 2;
	}
	device = argv[2];
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (page == MAP_FAILED || mlock(page, PAGE))
		die("memory");
	memset(page, 0x5a, PAGE);
	if (argv[1][0] == 'i') {
		enable_by_sysfs();
		if (argc > 3)
			enable_messages();
		iova = physical(page);
	} else {
		enable_by_vfio(page);
		iova = IOVA;
	}
	printf("bar=0x%llx iova=0x%llx pa=0x%llx\n", (unsigned long long)bar_address(),
	       (unsigned long long)iova, (unsigned long long)physical(page));
	fflush(stdout);
	for (;;)
		pause();
}
